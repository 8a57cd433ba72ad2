"""The payer's fee by amount and date (DOMAIN §10)."""

from __future__ import annotations

from datetime import date

import pytest

from services.payment_provider.domain.contracts import load_contracts
from services.payment_provider.domain.fees import FeeTable, NoFeeTable, card_fee_yen
from tests.unit.services.payment_provider.samples import WARD, contracts_text

TABLES = load_contracts(contracts_text()).of(WARD).fee_table


@pytest.mark.parametrize(
    ("amount_yen", "fee_yen"),
    [
        (1, 27),
        (5_000, 27),
        (5_001, 82),
        (10_000, 82),
        (33_138, 385),
        (50_000, 495),
        (50_001, 605),
        (60_000, 605),
        (60_001, 715),
        (300_000, 3_245),
    ],
)
def test_the_fee_follows_the_published_table(amount_yen, fee_yen):
    assert card_fee_yen(TABLES, date(2025, 6, 2), amount_yen) == fee_yen


def test_the_table_in_force_on_the_day_counts():
    newer = FeeTable(date(2026, 1, 1), ((300_000, 1),), 1)
    tables = (newer, *TABLES)
    assert card_fee_yen(tables, date(2025, 12, 31), 100) == 27
    assert card_fee_yen(tables, date(2026, 1, 1), 100) == 1


def test_a_day_before_every_table_has_no_fee():
    with pytest.raises(NoFeeTable):
        card_fee_yen(TABLES, date(2025, 3, 31), 100)
