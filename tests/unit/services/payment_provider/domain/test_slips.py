"""What can be known of a slip from its barcode: one refusal for each thing that is wrong."""

from __future__ import annotations

from datetime import date

import pytest

from services.payment_provider.domain import refusals
from services.payment_provider.domain.contracts import load_contracts
from services.payment_provider.domain.slips import demand_payable, read_slip
from shared.keys.channels import Channel
from shared.keys.check_digits import modulus_10_weight_3
from tests.unit.services.payment_provider.samples import LIMIT, WARD, barcode, contracts_text

CONTRACTS = load_contracts(contracts_text())


def _with(digits: str, first: int, last: int, part: str) -> str:
    body = digits[: first - 1] + part + digits[last:43]
    return f"{body}{modulus_10_weight_3(body)}"


GOOD = barcode()
WRONG_DIGIT = GOOD[:43] + str((int(GOOD[43]) + 1) % 10)


def test_a_slip_is_read_with_its_spaces_and_hyphens():
    spaced = f"{GOOD[:8]}-{GOOD[8:30]} {GOOD[30:]}\n"
    slip = read_slip(spaced, CONTRACTS)
    assert slip.barcode.digits == GOOD
    assert slip.municipality == WARD


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", refusals.MalformedBarcode),
        (GOOD[:-1], refusals.MalformedBarcode),
        ("x" * 44, refusals.MalformedBarcode),
        ("92" + GOOD[2:], refusals.MalformedBarcode),
        (_with(GOOD, 31, 36, "251345"), refusals.MalformedBarcode),
        (_with(GOOD, 38, 43, "000000"), refusals.MalformedBarcode),
        (WRONG_DIGIT, refusals.WrongCheckDigit),
        (_with(GOOD, 38, 43, "300001"), refusals.AmountOverCap),
        (_with(GOOD, 3, 8, "999999"), refusals.SlipNotOfThisProvider),
        (_with(GOOD, 9, 13, "77777"), refusals.SlipNotOfThisProvider),
    ],
)
def test_each_fault_of_a_barcode_has_its_own_refusal(text, refusal):
    with pytest.raises(refusal):
        read_slip(text, CONTRACTS)


def test_the_right_check_digit_is_named():
    with pytest.raises(refusals.WrongCheckDigit, match=f"the right one is {GOOD[43]}"):
        read_slip(WRONG_DIGIT, CONTRACTS)


def test_the_cap_itself_may_be_paid():
    slip = read_slip(barcode(amount_yen=300_000), CONTRACTS)
    assert slip.fee_yen(Channel.MOBILE_CREDIT, date(2025, 6, 2)) == 3_245
    assert slip.fee_yen(Channel.MOBILE_BANKING, date(2025, 6, 2)) == 0


def test_the_limit_date_itself_is_still_good():
    slip = read_slip(GOOD, CONTRACTS)
    demand_payable(slip, 33_138, LIMIT)
    with pytest.raises(refusals.SlipPastLimit):
        demand_payable(slip, 33_138, date(2025, 10, 1))


def test_a_slip_without_limit_never_ends():
    slip = read_slip(barcode(limit_date=None), CONTRACTS)
    assert not slip.is_past_limit(date(2099, 1, 1))


def test_another_amount_is_refused():
    with pytest.raises(refusals.AmountDiffers):
        demand_payable(read_slip(GOOD, CONTRACTS), 33_137, date(2025, 6, 2))
