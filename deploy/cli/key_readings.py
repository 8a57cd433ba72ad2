"""What a row of digits may be: told by its length, by check digits where two keys share one.

Asks nobody. Where two readings hold, both are told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from deploy.cli.complaints import Complaint

if TYPE_CHECKING:
    from shared.keys.problems import KeyProblem

BARCODE_PREFIX = "91"


def reading_of(digits: str) -> dict[str, Any]:
    """Return what 18, 39 or 44 digits say; 44 may be a barcode, a lower OCR line, or both.

    Raises KeyProblem or Complaint (unknown_key) for what is none of them.
    """
    from deploy.cli.keys import payment_number_fields
    from deploy.cli.ocr_keys import upper_fields
    from shared.keys.barcode import BARCODE_DIGITS
    from shared.keys.ocr_lines import UPPER_DIGITS, read_ocr_upper
    from shared.keys.payment_number import PAYMENT_NUMBER_DIGITS, read_payment_number

    if len(digits) == BARCODE_DIGITS:
        return _of_44_digits(digits)
    if len(digits) == UPPER_DIGITS:
        return upper_fields(read_ocr_upper(digits))
    if len(digits) == PAYMENT_NUMBER_DIGITS:
        return payment_number_fields(read_payment_number(digits))
    detail = (
        f"This has {len(digits)} digits: a barcode has {BARCODE_DIGITS},"
        f" a payment number {PAYMENT_NUMBER_DIGITS},"
        f" an OCR line {UPPER_DIGITS} (upper) or {BARCODE_DIGITS} (lower)"
    )
    raise Complaint("unknown_key", detail)


def _of_44_digits(digits: str) -> dict[str, Any]:
    from deploy.cli.keys import barcode_fields
    from deploy.cli.ocr_keys import lower_fields
    from shared.keys.barcode import demand_barcode_form, read_barcode
    from shared.keys.ocr_lines import read_ocr_lower

    no_barcode = _problem_of(demand_barcode_form, digits)
    no_lower = _problem_of(read_ocr_lower, digits)
    if no_barcode is not None and no_lower is not None:
        raise _neither(digits, no_barcode, no_lower)
    readings = []
    if no_barcode is None:
        readings.append(barcode_fields(read_barcode(digits)))
    if no_lower is None:
        readings.append(lower_fields(read_ocr_lower(digits)))
    return readings[0] if len(readings) == 1 else {"kind": "ambiguous", "readings": readings}


def _neither(digits: str, no_barcode: KeyProblem, no_lower: KeyProblem) -> KeyProblem:
    from shared.keys.problems import KeyProblem

    likelier = no_barcode if digits.startswith(BARCODE_PREFIX) else no_lower
    return KeyProblem(
        likelier.code,
        f"as a barcode: {no_barcode.detail}; as a lower OCR line: {no_lower.detail}",
    )


def _problem_of(read: Callable[[str], object], digits: str) -> KeyProblem | None:
    from shared.keys.problems import KeyProblem

    try:
        read(digits)
    except KeyProblem as problem:
        return problem
    return None
