"""The year's plan: counts, troubles, and the same plan from the same seed."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from shared.kit.calendar import instalment_due_date, japanese_banks
from shared.kit.clock import tokyo_date, tokyo_time
from simulation.banks import SlipKeys
from simulation.day_plan import MORNING
from simulation.year import last_day
from simulation.year_plan import Slip, Trouble, Volume, plan_year

BANKS = ("0001", "0005", "0009")
FIRST_DAY = date(2025, 6, 4)


def slips(households=30):
    return [
        Slip(
            f"{notice:09d}",
            instalment,
            2_000 + notice,
            instalment_due_date(japanese_banks(), 2025, instalment),
            f"{notice:09d}{instalment:02d}",
            SlipKeys("13104", f"{notice:09d}", "0000", "341"),
        )
        for notice in range(households)
        for instalment in range(1, 11)
    ]


def test_the_plan_has_the_papers_volume_and_the_five_troubles():
    plan = plan_year(7, slips(), Volume(), BANKS, FIRST_DAY)
    accepted = Counter(p.channel for p in plan if p.trouble is not Trouble.DECLINED)
    assert accepted == {"mobile_banking": 7, "mobile_credit": 28, "payeasy": 84}
    troubles = Counter(p.trouble for p in plan if p.trouble)
    assert troubles == {
        Trouble.ANSWER_LOST: 1,
        Trouble.PAID_TWICE: 2,
        Trouble.CANCELLED: 1,
        Trouble.DECLINED: 2,
    }


def test_the_same_seed_gives_the_same_plan_in_any_order_of_slips():
    there = plan_year(7, slips(), Volume(), BANKS, FIRST_DAY)
    assert there == plan_year(7, list(reversed(slips())), Volume(), BANKS, FIRST_DAY)
    assert there != plan_year(8, slips(), Volume(), BANKS, FIRST_DAY)


def test_only_the_slip_paid_twice_is_paid_twice():
    plan = plan_year(3, slips(), Volume(), BANKS, FIRST_DAY)
    paid = Counter(p.slip.barcode for p in plan)
    twice = {p.slip.barcode for p in plan if p.trouble is Trouble.PAID_TWICE}
    assert {barcode for barcode, count in paid.items() if count > 1} == twice
    assert {p.channel for p in plan if p.trouble is Trouble.PAID_TWICE} == {
        "mobile_credit",
        "payeasy",
    }


def test_too_few_slips_are_a_clear_error():
    with pytest.raises(ValueError, match="slips are to be paid"):
        plan_year(1, slips(2), Volume(), BANKS, FIRST_DAY)


def test_the_walk_ends_after_the_slowest_deposit():
    plan = plan_year(1, slips(), Volume(), BANKS, FIRST_DAY)
    latest = max(tokyo_date(p.at) for p in plan)
    assert latest < last_day(plan) <= date(2026, 5, 15)


@pytest.mark.parametrize("seed", range(1, 31))
def test_the_second_payment_comes_before_the_centre_can_have_applied_the_delete(seed):
    plan = plan_year(seed, slips(), Volume(), BANKS, FIRST_DAY)
    first, second = (p.at for p in plan if p.trouble is Trouble.PAID_TWICE)
    told_on = japanese_banks().on_or_after(tokyo_date(first))
    if tokyo_time(told_on, *MORNING) <= first:
        told_on = japanese_banks().add(told_on, 1)
    assert first < second < tokyo_time(told_on, 17)
