"""`mesh keys ocr`: build and read the two OCR lines of the standard slip; asks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.complaints import Complaint
from deploy.cli.keys import digits_of, show
from deploy.cli.options import HomeOption, JsonOption, home_of

if TYPE_CHECKING:
    from shared.keys.ocr_lines import OcrLower, OcrUpper

LineArgument = Annotated[
    str, typer.Argument(metavar="LINE", help="39 or 44 digits; spaces and hyphens do not matter.")
]
PaymentDigitsOption = Annotated[
    int, typer.Option("--payment-digits", help="How long 納付番号 is in a lower line, 16 to 20.")
]
ConfirmationDigitsOption = Annotated[
    int,
    typer.Option("--confirmation-digits", help="How long 確認番号 is in a lower line, 4 to 6."),
]
AccountNumberOption = Annotated[str, typer.Option("--account-number", help="口座番号, 11 digits.")]
OcrAmountOption = Annotated[int, typer.Option("--amount-yen", help="金額, up to 11 digits.")]
FeeBearerOption = Annotated[
    str, typer.Option("--fee-bearer", help="払込料金負担区分, 1 digit; 2: the payee.")
]
InstitutionOption = Annotated[str, typer.Option("--institution", help="収納機関番号, 5 digits.")]
StampOption = Annotated[str, typer.Option("--stamp-class", help="印紙税区分, 1 digit.")]
CategoryOption = Annotated[str, typer.Option("--category", help="納付区分, 3 digits.")]
UpperFreeOption = Annotated[str, typer.Option("--free", help="The biller's free field, 5 digits.")]
BudgetOption = Annotated[str, typer.Option("--budget-class", help="予算区分, 1 digit.")]
AccountCodeOption = Annotated[str, typer.Option("--account-code", help="科目, 6 digits.")]
PaymentNumberOption = Annotated[
    str, typer.Option("--payment-number", help="納付番号, 16 to 20 digits.")
]
ConfirmationOption = Annotated[
    str, typer.Option("--confirmation-number", help="確認番号, 4 to 6 digits.")
]
CollectionClassOption = Annotated[
    str, typer.Option("--collection-class", help="収納区分, 1 digit; 8: the standard slip.")
]
CollectionKindOption = Annotated[
    str, typer.Option("--collection-kind", help="収納区分2, 1 digit; 1: ordinary.")
]
LowerFreeOption = Annotated[
    str | None,
    typer.Option(
        "--free",
        help="The free field: what the keys leave of 33 digits (11 beside 18 and 4).",
        show_default="zeros",
    ),
]


def read(
    line: LineArgument,
    *,
    payment_digits: PaymentDigitsOption = 18,
    confirmation_digits: ConfirmationDigitsOption = 4,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what an upper (39 digits) or a lower (44 digits) OCR line says.

    A lower line does not tell how long its two keys are: other lengths are given as options.
    Wrong check digits are named, with the right ones, and the exit code is 1.

    Example: mesh keys ocr read 81100000181125011234567890024471100000000000
    """
    home_of(home)
    from shared.keys.ocr_lines import LOWER_DIGITS, UPPER_DIGITS, read_ocr_lower, read_ocr_upper

    digits = digits_of(line)
    if len(digits) == UPPER_DIGITS:
        show(upper_fields(read_ocr_upper(digits)), as_json=as_json)
    elif len(digits) == LOWER_DIGITS:
        read_line = read_ocr_lower(
            digits, payment_digits=payment_digits, confirmation_digits=confirmation_digits
        )
        show(lower_fields(read_line), as_json=as_json)
    else:
        lengths = f"an upper line has {UPPER_DIGITS}, a lower line {LOWER_DIGITS}"
        raise Complaint("unknown_key", f"This has {len(digits)} digits: {lengths}")


def upper(
    *,
    amount_yen: OcrAmountOption,
    institution: InstitutionOption,
    category: CategoryOption,
    free: UpperFreeOption,
    account_number: AccountNumberOption = "00000000000",
    fee_bearer: FeeBearerOption = "2",
    stamp_class: StampOption = "0",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build the upper OCR line, 39 digits, both check digits first.

    Example: mesh keys ocr upper --amount-yen 33138 --institution 13104 --category 341
    --free 25101
    """
    home_of(home)
    from shared.keys.ocr_lines import OcrUpper
    from shared.kit.money import Yen

    built = OcrUpper(
        account_number=account_number,
        amount_yen=Yen(amount_yen),
        fee_bearer=fee_bearer,
        institution_number=institution,
        stamp_class=stamp_class,
        category=category,
        free=free,
    )
    show(upper_fields(built), as_json=as_json)


def lower(
    *,
    budget_class: BudgetOption,
    account_code: AccountCodeOption,
    payment_number: PaymentNumberOption,
    confirmation_number: ConfirmationOption,
    free: LowerFreeOption = None,
    collection_class: CollectionClassOption = "8",
    collection_kind: CollectionKindOption = "1",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build the lower OCR line, 44 digits, both check digits first.

    Longer keys take their digits from the free field, so that the line keeps its length.

    Example: mesh keys ocr lower --budget-class 1 --account-code 000001
    --payment-number 125011234567890024 --confirmation-number 4711
    """
    home_of(home)
    from shared.keys.ocr_lines import OcrLower, lower_free_digits

    number = digits_of(payment_number)
    zeros = "0" * lower_free_digits(len(number), len(confirmation_number))
    built = OcrLower(
        budget_class=budget_class,
        account_code=account_code,
        payment_number=number,
        confirmation_number=confirmation_number,
        free=zeros if free is None else free,
        collection_class=collection_class,
        collection_kind=collection_kind,
    )
    show(lower_fields(built), as_json=as_json)


def upper_fields(of: OcrUpper) -> dict[str, Any]:
    """Return what an upper line says."""
    return {
        "kind": "ocr_upper",
        "ocr_upper": of.digits,
        "account_number": of.account_number,
        "amount_yen": int(of.amount_yen),
        "fee_bearer": of.fee_bearer,
        "institution_number": of.institution_number,
        "stamp_class": of.stamp_class,
        "category": of.category,
        "free": of.free,
        "check_digits": of.digits[:2],
    }


def lower_fields(of: OcrLower) -> dict[str, Any]:
    """Return what a lower line says."""
    from shared.keys.payment_number import in_groups_of_four

    return {
        "kind": "ocr_lower",
        "ocr_lower": of.digits,
        "budget_class": of.budget_class,
        "account_code": of.account_code,
        "collection_class": of.collection_class,
        "collection_kind": of.collection_kind,
        "payment_number": of.payment_number,
        "payment_number_printed": in_groups_of_four(of.payment_number),
        "confirmation_number": of.confirmation_number,
        "free": of.free,
        "check_digits": of.digits[:2],
    }
