"""Which slip a claim needs, compared with the newest one that is printed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from services.ward_gateway.domain.slip_runs import (
    OwedNotice,
    Owing,
    PrintedLumpSum,
    PrintedSlip,
    Printing,
    instalment_run,
    lump_sum_run,
    next_issue,
)
from shared.keys.payment_number import confirmation_number
from shared.kit.ids import new_id
from shared.kit.money import Yen
from tests.unit.services.ward_gateway.test_slip_keys import CONTRACT, claim

TODAY = date(2025, 6, 2)
LIMIT = date(2025, 8, 29)
PRINTED = PrintedSlip(new_id(), 0, 1000, LIMIT, corrections=0)
PRINTING = Printing(CONTRACT, TODAY, partial(confirmation_number, bytes(32)), new_id)


def owing(yen: int = 1000, newest: PrintedSlip | None = PRINTED, **more: object) -> Owing:
    return Owing(claim(1000, **more), Yen(yen), newest)


@pytest.mark.parametrize(
    ("each", "issue"),
    [
        (owing(), None),
        (owing(newest=None), 0),
        (owing(newest=None, issue=2), 2),
        (owing(800), 1),
        (owing(1200), 1),
        (owing(issue=4), 4),
        (owing(800, PRINTED._replace(issue=4)), 5),
        (owing(corrections=1), None),
        (owing(corrections=1, limit_date=date(2025, 7, 31)), 1),
        (owing(limit_date=date(2025, 7, 31)), None),  # nobody corrected it: the contract did
        (owing(newest=PRINTED._replace(asks_yen=200), yen=200), None),
    ],
)
def test_a_slip_is_right_if_it_asks_what_is_owed_until_the_day_that_is_owed(each, issue) -> None:
    assert next_issue(each, CONTRACT) == issue


def test_a_second_run_after_the_first_issues_nothing() -> None:
    first = instalment_run([owing(800, corrections=1)], PRINTING)
    (new,) = first.new
    assert (new.slip.issue, new.slip.amount_yen, new.replaces) == (1, 800, PRINTED.slip_id)
    printed = PrintedSlip(new.slip.id, 1, 800, new.slip.limit_date, new.items[0].corrections)
    again = instalment_run([owing(800, printed, corrections=1)], PRINTING)
    assert (again.new, again.left_out) == ([], [])


@pytest.mark.parametrize(
    ("each", "today", "code"),
    [
        (owing(800, PRINTED._replace(issue=99)), TODAY, "slip_issues_used_up"),
        (owing(800), LIMIT, None),
        (owing(800), date(2025, 8, 30), "slip_limit_passed"),
    ],
)
def test_a_slip_that_cannot_be_is_told_and_not_made(each, today, code) -> None:
    run = instalment_run([each], replace(PRINTING, today=today))
    assert [finding.code for finding in run.left_out] == ([code] if code else [])
    assert len(run.new) == (code is None)


def notice(*owed: int) -> list[Owing]:
    due = {n: date(2025, 5 + n, 28) for n in range(1, 11) if n < 8}
    return [
        Owing(claim(1000, instalment=n, due_date=due[n], limit_date=due[n]), Yen(yen), None)
        for n, yen in enumerate(owed, start=1)
    ]


@pytest.mark.parametrize(
    ("today", "lead"), [(TODAY, 1), (date(2025, 6, 28), 1), (date(2025, 6, 29), 2)]
)
def test_a_lump_sum_falls_due_with_its_first_instalment_that_is_not_past_due(today, lead) -> None:
    claims = notice(1000, 700)
    (new,) = lump_sum_run([OwedNotice(claims, None, 0)], replace(PRINTING, today=today)).new
    assert (new.slip.slip_type, new.slip.instalment, new.slip.amount_yen) == (2, 0, 1700)
    assert new.slip.due_date == claims[lead - 1].assessment.due_date
    assert [(i.assessment_id, i.amount_yen) for i in new.items] == [
        (each.assessment.id, each.owed_yen) for each in claims
    ]


def test_a_lump_sum_stands_while_it_asks_for_the_same_and_has_not_ended() -> None:
    claims = notice(1000, 700)
    asks = {each.assessment.id: int(each.owed_yen) for each in claims}
    printed = PrintedLumpSum(new_id(), date(2025, 6, 28), asks)
    assert lump_sum_run([OwedNotice(claims, printed, 4)], PRINTING).new == []
    alone = OwedNotice(claims[:1], None, 0)
    assert lump_sum_run([alone], PRINTING).new == [], "one instalment has its own"
    later = replace(PRINTING, today=date(2025, 6, 29))
    (new,) = lump_sum_run([OwedNotice(claims, printed, 4)], later).new
    assert (new.slip.issue, new.replaces) == (4, printed.slip_id)
    less = printed._replace(asks_yen={})
    run = lump_sum_run([OwedNotice(claims, less, 100)], PRINTING)
    assert ([f.code for f in run.left_out], run.new) == (["slip_issues_used_up"], [])
