"""The year's plan: counts, troubles, corrections, paper, and the same plan from the same seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from shared.kit.calendar import instalment_due_date, japanese_banks
from shared.kit.clock import tokyo_date, tokyo_time
from simulation.bank_habits import DEMO_BANKS, PaperHabit
from simulation.banks import COUNTER, SlipKeys
from simulation.day_plan import MORNING
from simulation.year import last_day
from simulation.year_plan import (
    Change,
    PlannedCorrection,
    Slip,
    Trouble,
    Volume,
    YearPlan,
    plan_year,
)

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


def planned(seed: int, volume: Volume | None = None) -> YearPlan:
    return plan_year(seed, slips(), volume or Volume(), BANKS, FIRST_DAY)


def test_the_plan_has_the_papers_volume_and_the_five_troubles():
    plan = planned(7).payments
    accepted = Counter(p.channel for p in plan if p.trouble is not Trouble.DECLINED)
    assert accepted == {
        "mobile_banking": 7,
        "mobile_credit": 28,
        "payeasy": 84,
        "bank_counter": 2,
    }
    troubles = Counter(p.trouble for p in plan if p.trouble)
    assert troubles == {
        Trouble.ANSWER_LOST: 1,
        Trouble.PAID_TWICE: 2,
        Trouble.CANCELLED: 1,
        Trouble.DECLINED: 2,
    }


def test_the_same_seed_gives_the_same_plan_in_any_order_of_slips():
    there = planned(7)
    assert there == plan_year(7, list(reversed(slips())), Volume(), BANKS, FIRST_DAY)
    assert there != planned(8)


def test_only_the_slip_paid_twice_is_paid_twice():
    plan = planned(3).payments
    paid = Counter(p.claim for p in plan)
    twice = {p.claim for p in plan if p.trouble is Trouble.PAID_TWICE}
    assert {claim for claim, count in paid.items() if count > 1} == twice
    assert {p.channel for p in plan if p.trouble is Trouble.PAID_TWICE} == {
        "mobile_credit",
        "payeasy",
    }


def test_too_few_slips_are_a_clear_error():
    with pytest.raises(ValueError, match="slips are to be paid"):
        plan_year(1, slips(2), Volume(), BANKS, FIRST_DAY)


def test_the_walk_ends_after_the_slowest_deposit_and_the_last_correction():
    plan = planned(1)
    latest = max(tokyo_date(p.at) for p in plan.payments)
    assert latest < last_day(plan) <= date(2026, 5, 15)
    late = PlannedCorrection(date(2026, 6, 1), Change.CANCELLED, ("000000001", 10), 0)
    assert last_day(replace(plan, corrections=(late,))) == date(2026, 6, 5)


@pytest.mark.parametrize("seed", range(1, 31))
def test_the_second_payment_comes_before_the_centre_can_have_applied_the_delete(seed):
    plan = planned(seed).payments
    first, second = (p.at for p in plan if p.trouble is Trouble.PAID_TWICE)
    told_on = japanese_banks().on_or_after(tokyo_date(first))
    if tokyo_time(told_on, *MORNING) <= first:
        told_on = japanese_banks().add(told_on, 1)
    assert first < second < tokyo_time(told_on, 17)


@pytest.mark.parametrize("seed", range(1, 31))
@pytest.mark.parametrize("tenths", [1, 2, 10])
def test_every_correction_is_planned_once_and_in_time(seed, tenths):
    volume = Volume() if tenths == 10 else Volume().share(tenths, 10)
    within = [slip for slip in slips() if slip.instalment <= tenths]
    plan = plan_year(seed, within, volume, BANKS, FIRST_DAY)
    corrections = {each.change: each for each in plan.corrections}
    assert len(plan.corrections) == len(corrections) == len(Change)
    assert len({each.claim for each in plan.corrections}) == len(Change)
    paid = {p.claim: p for p in plan.payments}
    for change in (Change.LOWERED_UNPAID, Change.ADDED_LATE):
        waits = paid[corrections[change].claim]
        assert waits.slip is None
        assert waits.at > tokyo_time(japanese_banks().add(corrections[change].on, 3))
    assert {p.claim for p in plan.payments if p.slip is None} == {
        corrections[Change.LOWERED_UNPAID].claim,
        corrections[Change.ADDED_LATE].claim,
    }
    too_late = corrections[Change.LOWERED_PAID]
    assert tokyo_date(paid[too_late.claim].at) < too_late.on <= last_day(plan)
    assert corrections[Change.CANCELLED].claim not in paid
    lowered = [each.percent for each in plan.corrections if each.change.startswith("lowered")]
    assert all(0 < percent < 100 for percent in lowered)
    assert all(japanese_banks().is_business_day(each.on) for each in plan.corrections)


@pytest.mark.parametrize("tenths", [1, 2, 10])
def test_paper_comes_of_a_payment_that_was_told_by_wire_and_of_one_that_was_not(tenths):
    volume = Volume() if tenths == 10 else Volume().share(tenths, 10)
    by_hand = set()
    for seed in range(1, 11):
        on_paper = [p for p in planned(seed, volume).payments if p.paper_on is not None]
        told = Counter((p.channel, DEMO_BANKS[p.bank_code].paper) for p in on_paper)
        assert told == {
            ("payeasy", PaperHabit.BESIDE): volume.on_paper,
            ("bank_counter", PaperHabit.ALONE): volume.on_paper,
        }
        assert {p.medium for p in on_paper} == {COUNTER}
        assert all(japanese_banks().is_business_day(tokyo_date(p.at)) for p in on_paper)
        by_wire = [p for p in on_paper if p.channel == "payeasy"]
        by_hand.add(sum(p.paper_on == tokyo_date(p.at) for p in by_wire))
    assert by_hand == ({1} if volume.on_paper == 2 else {0, 1})
