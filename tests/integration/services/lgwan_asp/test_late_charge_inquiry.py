"""Late charge in the inquiry: off by default; with rules, what is told is what must be notified."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from shared.kit.money import Yen
from shared.wire.centre_operation import LIST_CENTRE_EXCEPTIONS
from tests.integration.services.lgwan_asp.conftest import WARD_A, WARD_B, Centre, Slip, billing_file

RATES = [
    {"from": "2025-01-01", "to": "2025-12-31", "first_permille": 24, "second_permille": 87},
]
SLIP = Slip(1, amount_yen=100_000, limit_date=date(2026, 5, 29))
# From 1 July: 92 days at 2.4 %, then 31 at 8.7 %: 100,000 x (92 x 24 + 31 x 87) / 365,000 = 1,343.
LATE = date(2025, 10, 31)


@pytest.fixture
def settings(settings):
    """Ward A charges, ward B does not."""
    rules = {"first_months": 3, "table": RATES}
    contracts = [WARD_A.contract() | {"late_charge": rules}, WARD_B.contract()]
    settings.contracts_file.write_text(json.dumps(contracts), encoding="utf-8")
    return settings


async def test_a_late_payer_is_told_the_charge_and_the_notification_must_say_it(centre: Centre):
    await centre.publish(SLIP)
    centre.at(LATE)
    answer = await centre.inquire(SLIP)
    told = (answer.result, answer.amount_yen, answer.principal_yen, answer.late_charge_yen)
    assert told == ("00", 101_300, 100_000, 1_300)
    assert await centre.rows(
        "SELECT amount_yen, principal_yen, late_charge_yen FROM inquiry_sessions"
    ) == [(101_300, 100_000, 1_300)]
    assert await centre.notify(centre.notification(answer, amount_yen=Yen(100_000))) == "50"
    assert await centre.notify(centre.notification(answer)) == "00"
    await centre.run("build_preliminary_file")
    (receipt,) = await centre.receipts()
    assert receipt.amount_yen == 101_300


async def test_up_to_the_due_date_nothing_is_added(centre: Centre):
    await centre.publish(SLIP)
    centre.at(date(2025, 6, 30), 23, 59)
    answer = await centre.inquire(SLIP)
    assert (answer.amount_yen, answer.late_charge_yen) == (100_000, 0)


async def test_without_rules_nothing_is_added(centre: Centre):
    theirs = replace(SLIP, ward=WARD_B)
    await centre.publish(theirs, ward=WARD_B)
    centre.at(LATE)
    answer = await centre.inquire(theirs)
    assert (answer.amount_yen, answer.late_charge_yen) == (100_000, 0)


async def test_a_charge_that_the_ward_fixed_is_told_as_it_is(centre: Centre):
    fixed = replace(SLIP.record(), amount_yen=Yen(100_700), late_charge_yen=Yen(700))
    await centre.upload(billing_file([fixed]))
    centre.at(date(2025, 6, 2), 18)
    await centre.run("apply_billing_files")
    centre.at(LATE)
    answer = await centre.inquire(SLIP)
    told = (answer.amount_yen, answer.principal_yen, answer.late_charge_yen)
    assert told == (100_700, 100_000, 700)


async def test_a_day_without_a_rate_is_90_and_a_clerk_sees_it(centre: Centre):
    await centre.publish(SLIP)
    centre.at(date(2026, 1, 5))
    assert (await centre.inquire(SLIP)).result == "90"
    assert (await centre.inquire(SLIP)).result == "90"
    page = await centre.operator().ask(LIST_CENTRE_EXCEPTIONS)
    assert [(each.code, each.subject) for each in page.exceptions] == [
        ("late_charge_rate_missing", WARD_A.municipality)
    ]
    assert await centre.rows("SELECT count(*) FROM inquiry_sessions") == [(0,)]
