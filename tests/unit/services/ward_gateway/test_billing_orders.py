"""What the centre should hold of a key: every cause, every state, and the answer that ends it."""

from __future__ import annotations

from itertools import product

import pytest

from services.ward_gateway.domain.billing_orders import (
    NOTHING,
    KeyStanding,
    OrderKind,
    OrderOutcome,
    Step,
    Wanted,
    is_unwanted,
    outcome_of,
    step_of,
    wanted_now,
)
from services.ward_gateway.domain.bills import DeleteReason
from services.ward_gateway.domain.mailing_gate import HeldBack, held_back
from services.ward_gateway.domain.slips import SLIP_MACHINE, SlipState
from services.ward_gateway.jobs.registry import JOBS
from tests.unit.services.ward_gateway.all_standings import ALL_STANDINGS

HELD = KeyStanding(SlipState.HELD, told=True)
ISSUED = KeyStanding(SlipState.ISSUED)
CLOSED = KeyStanding(SlipState.CLOSED, told=True)
ADD, CHANGE = Wanted(OrderKind.ADD), Wanted(OrderKind.CHANGE)


def delete(reason: int) -> Wanted:
    return Wanted(OrderKind.DELETE, DeleteReason(reason))


@pytest.mark.parametrize(
    ("standing", "wanted"),
    [
        (HELD, None),
        (HELD._replace(paid_elsewhere=True), delete(1)),
        (HELD._replace(nothing_owed=True), delete(2)),
        (HELD._replace(by_slip=False), delete(3)),
        (HELD._replace(superseded=True), delete(4)),
        (HELD._replace(superseded=True, asks_more=True), delete(2)),
        (HELD._replace(differs=True), CHANGE),
        (HELD._replace(differs=True, superseded=True), delete(4)),
        (HELD._replace(paid_elsewhere=True, by_slip=False, superseded=True), delete(1)),
        (HELD._replace(paid_elsewhere=True, nothing_owed=True), delete(2)),
        (HELD._replace(paid_elsewhere=True, paid_at_centre=True), None),
        (HELD._replace(differs=True, paid_at_centre=True), None),
        (ISSUED, ADD),
        (ISSUED._replace(paid_elsewhere=True), None),
        (CLOSED, ADD),
        (CLOSED._replace(by_slip=False), None),
    ],
)
def test_each_cause_leads_to_one_record_or_none(standing, wanted) -> None:
    assert wanted_now(standing) == wanted


def test_a_slip_that_died_unsent_is_closed_and_its_order_dropped() -> None:
    dead = ISSUED._replace(paid_elsewhere=True, open_kind=OrderKind.ADD)
    assert step_of(dead) == Step(drop_open=True, close_slip=True)


def test_a_cause_that_went_away_drops_its_order_and_another_cause_orders_anew() -> None:
    waiting = HELD._replace(open_kind=OrderKind.DELETE)
    assert step_of(waiting) == Step(drop_open=True)
    assert step_of(waiting._replace(differs=True)) == Step(drop_open=True, order=CHANGE)
    assert step_of(waiting._replace(by_slip=False)) == NOTHING


@pytest.mark.parametrize("changes", [True, False])
def test_after_its_step_planning_again_does_nothing_however_a_slip_stands(changes) -> None:
    for standing in ALL_STANDINGS:
        step = step_of(standing, changes=changes)
        after = standing
        if step.drop_open or step.give_up:
            after = after._replace(open_kind=None, in_file=False)
        if step.close_slip:
            after = after._replace(state=SlipState.CLOSED)
        if step.order is not None:
            assert after.open_kind is None, "a slip has one open order at most"
            after = after._replace(open_kind=step.order.kind)
        assert step_of(after, changes=changes) == NOTHING, standing


def test_what_is_in_a_file_or_was_refused_is_left_alone() -> None:
    for standing in ALL_STANDINGS:
        ended = standing.in_file and standing.refused and wanted_now(standing) is None
        if (standing.in_file or standing.refused) and not ended:
            assert step_of(standing) == NOTHING
        assert step_of(standing).give_up == ended


def test_an_order_in_a_refused_file_ends_with_its_cause() -> None:
    refused = ISSUED._replace(open_kind=OrderKind.ADD, in_file=True, refused=True)
    assert step_of(refused) == NOTHING, "a clerk looks at it"
    assert step_of(refused._replace(nothing_owed=True)) == Step(give_up=True, close_slip=True)


def test_a_record_in_a_file_is_unwanted_once_nothing_or_another_is_wanted() -> None:
    waiting = ISSUED._replace(open_kind=OrderKind.ADD, in_file=True)
    assert not is_unwanted(waiting)
    assert is_unwanted(waiting._replace(paid_elsewhere=True))
    assert not is_unwanted(waiting._replace(paid_elsewhere=True, in_file=False))
    change = HELD._replace(open_kind=OrderKind.CHANGE, in_file=True, differs=True)
    assert [is_unwanted(change), is_unwanted(change, changes=False)] == [False, True]
    assert is_unwanted(change._replace(superseded=True)), "a delete is wanted now"


def test_with_changes_off_a_key_that_was_ever_told_is_left_alone() -> None:
    for standing in ALL_STANDINGS:
        order = step_of(standing, changes=False).order
        assert order is None or (order == ADD and not standing.told)


@pytest.mark.parametrize(
    ("kind", "code", "told_before", "outcome"),
    [
        (OrderKind.ADD, "", False, OrderOutcome.HELD),
        (OrderKind.CHANGE, "", False, OrderOutcome.HELD),
        (OrderKind.DELETE, "", False, OrderOutcome.CLOSED),
        (OrderKind.ADD, "E110", False, OrderOutcome.REFUSED),
        (OrderKind.ADD, "E110", True, OrderOutcome.HELD),
        (OrderKind.DELETE, "E120", True, OrderOutcome.CLOSED),
        (OrderKind.CHANGE, "E120", True, OrderOutcome.REFUSED),
        *((kind, "E130", False, OrderOutcome.PAID) for kind in OrderKind),
        (OrderKind.CHANGE, "E140", True, OrderOutcome.ASK_AGAIN),
        (OrderKind.DELETE, "E140", True, OrderOutcome.REFUSED),
        *((kind, "E999", True, OrderOutcome.REFUSED) for kind in OrderKind),
    ],
)
def test_each_answer_of_the_centre_ends_an_order(kind, code, told_before, outcome) -> None:
    assert outcome_of(kind, code, told_before=told_before) is outcome


def test_every_state_of_a_slip_can_be_reached_and_those_that_wait_have_a_job() -> None:
    assert SLIP_MACHINE.unreachable() == frozenset()
    assert SLIP_MACHINE.terminal() == frozenset()
    assert set(SLIP_MACHINE.waiting) == {SlipState.ISSUED, SlipState.SENT}
    assert set(SLIP_MACHINE.waiting.values()) <= set(JOBS)


def test_nothing_is_posted_that_the_centre_does_not_hold_as_it_should() -> None:
    for standing, effective, in_time in product(ALL_STANDINGS, (True, False), (True, False)):
        if held_back(standing, effective=effective, in_time=in_time) is None:
            assert standing.state is SlipState.HELD
            assert (effective, in_time) == (True, True)
            assert wanted_now(standing) is None
            assert not standing.paid_at_centre
            assert not standing.refused
            assert standing.open_kind is None


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (ISSUED, HeldBack.NOT_SENT),
        (ISSUED._replace(open_kind=OrderKind.ADD, in_file=True), HeldBack.WAITS_FOR_RESULT),
        (HELD._replace(paid_elsewhere=True), HeldBack.PAID),
        (HELD._replace(paid_at_centre=True), HeldBack.PAID),
        (HELD._replace(by_slip=False), HeldBack.CLOSED),
        (CLOSED, HeldBack.CLOSED),
        (HELD._replace(refused=True), HeldBack.REFUSED),
        (HELD._replace(differs=True), HeldBack.ORDER_OPEN),
        (HELD._replace(open_kind=OrderKind.CHANGE, in_file=True), HeldBack.ORDER_OPEN),
        (HELD, None),
    ],
)
def test_each_reason_to_hold_a_slip_back(standing, reason) -> None:
    assert held_back(standing, effective=True, in_time=True) is reason
