"""Which paper notice belongs to which electronic receipt, and what must change for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ward_gateway.domain.paper_notices import (
    PAPER_MACHINE,
    WITHDRAWAL_MACHINE,
    CounterPayment,
    CounterReceipt,
    NoticeHeld,
    NoticeIdentity,
    PaperNotice,
    demand_form,
    pair,
    settle,
)
from services.ward_gateway.domain.receipts import ReceiptState
from services.ward_gateway.domain.refusals import PaperNoticeMalformed
from shared.keys.payment_number import PaymentNumber, SlipType
from shared.kit.clock import tokyo_time
from shared.kit.money import Yen

DAY = date(2025, 6, 11)
CONFIRMED, FUNDED = ReceiptState.CONFIRMED, ReceiptState.FUNDED
CANCELLED = ReceiptState.CANCELLED
OURS = PaymentNumber(SlipType.INSTALMENT, 2025, 1, "000000001", 1).digits


def held(number: int, *, branch: str = "123", key: str = "1", yen: int = 1000) -> NoticeHeld:
    identity = NoticeIdentity("0001", branch, DAY, f"{number:04d}")
    notice = PaperNotice(identity, key, Yen(yen), DAY + timedelta(days=2))
    return NoticeHeld(UUID(int=number), notice, None, None, None)


def receipt(number: int, *, branch: str = "123", **other: object) -> CounterReceipt:
    told = {"bank_code": "0001", "payment_number": "1", "amount_yen": 1000, "paid_on": DAY}
    payment = CounterPayment(**(told | other))
    return CounterReceipt(UUID(int=1000 + number), f"payeasy/{number:04d}", branch, payment)


def numbers(pairs: dict[UUID, UUID]) -> dict[int, int]:
    return {notice.int: receipt.int - 1000 for notice, receipt in pairs.items()}


def test_the_same_bank_key_yen_and_day_are_one_payment_whatever_the_branch() -> None:
    assert numbers(pair([held(1)], [receipt(7)])) == {1: 7}
    assert numbers(pair([held(1)], [receipt(7, branch="999")])) == {1: 7}


@pytest.mark.parametrize(
    "other",
    [
        {"bank_code": "0002"},
        {"payment_number": "2"},
        {"amount_yen": 999},
        {"paid_on": DAY + timedelta(days=1)},
    ],
)
def test_anything_else_that_differs_makes_two_payments(other) -> None:
    assert pair([held(1)], [receipt(7, **other)]) == {}


def test_of_several_the_same_branch_belongs_together_and_each_once() -> None:
    notices = [held(1, branch="001"), held(2, branch="002"), held(3, branch="003")]
    receipts = [receipt(1, branch="003"), receipt(2, branch="009")]
    assert numbers(pair(notices, receipts)) == {3: 1, 1: 2}


@given(st.data())
def test_pairs_are_as_many_as_can_be_and_do_not_depend_on_the_order(data) -> None:
    branches = st.lists(st.sampled_from(["001", "002", "003"]), max_size=5)
    notices = [held(n, branch=b) for n, b in enumerate(data.draw(branches), 1)]
    receipts = [receipt(n, branch=b) for n, b in enumerate(data.draw(branches), 1)]
    pairs = pair(notices, receipts)
    assert len(pairs) == len(set(pairs.values())) == min(len(notices), len(receipts))
    shuffled = data.draw(st.permutations(notices)), data.draw(st.permutations(receipts))
    assert pair(*shuffled) == pairs


def test_each_way_in_which_a_notice_can_stand_leads_to_what_it_should() -> None:
    own, wire = UUID(int=50), UUID(int=1007)
    new, alone = held(1), replace(held(1), own_receipt_id=own, own_state=CONFIRMED)
    rich = replace(alone, own_state=FUNDED)
    joined = replace(alone, own_state=CANCELLED, joined_to=wire)
    never_alone = replace(new, joined_to=wire)
    paired, unpaired = {new.id: wire}, {}
    for notice, pairs, nonempty in (
        (new, unpaired, {"stand_first"}),
        (new, paired, {"joined"}),
        (alone, unpaired, set()),
        (alone, paired, {"joined", "give_way"}),
        (rich, paired, {"joined", "give_way", "funded"}),
        (joined, paired, set()),
        (joined, unpaired, {"parted", "stand_again"}),
        (joined, {new.id: UUID(int=1008)}, {"parted", "joined"}),
        (never_alone, unpaired, {"parted", "stand_first"}),
    ):
        plan = settle([notice], pairs)
        assert {name for name in plan.__dataclass_fields__ if getattr(plan, name)} == nonempty


def test_a_notice_alone_is_a_receipt_of_the_bank_counter_and_its_minute_is_the_days_last() -> None:
    incoming = held(7).notice.as_receipt()
    assert (incoming.channel, incoming.key, incoming.medium) == ("bank_counter", "1", "")
    assert incoming.identity == "bank_counter/1/20250611/2359/0001-123-0007"
    assert held(7).notice.as_receipt(reading=2).identity == f"{incoming.identity}-2"
    assert incoming.paid_at == tokyo_time(DAY, 23, 59)
    assert incoming.transfer_date == DAY + timedelta(days=2)


@pytest.mark.parametrize(
    ("changed", "today", "flaws"),
    [
        ({}, DAY, []),
        ({}, DAY - timedelta(days=1), [("paid_on", "in_the_future")]),
        (
            {"paid_in_on": DAY - timedelta(days=1)},
            DAY,
            [("paid_in_on", "paid_in_before_it_was_paid")],
        ),
        ({"payment_number": OURS[:-1]}, DAY, [("payment_number", "malformed_payment_number")]),
        (
            {"payment_number": f"{OURS[:16]}{(int(OURS[16:]) + 1) % 97:02d}"},
            DAY,
            [("payment_number", "wrong_check_digit")],
        ),
        (
            {"payment_number": PaymentNumber(SlipType.INSTALMENT, 2026, 1, "000000001", 1).digits},
            DAY,
            [("paid_on", "before_its_fiscal_year")],
        ),
    ],
)
def test_a_notice_says_what_a_paper_about_our_slip_can_say(changed, today, flaws) -> None:
    notice = replace(held(1, key=OURS).notice, **changed)
    assert notice.flaws(today) == flaws
    if not flaws:
        demand_form([notice], today)
        return
    with pytest.raises(PaperNoticeMalformed) as refused:
        demand_form([held(2, key=OURS).notice, notice] if today == DAY else [notice], today)
    (field, code) = flaws[0]
    assert refused.value.problems[-1]["field"] == field
    assert refused.value.problems[-1]["code"] == code


def test_the_first_of_april_is_in_its_fiscal_year() -> None:
    notice = held(1, key=OURS).notice
    for day, flaws in ((date(2025, 4, 1), 0), (date(2025, 3, 31), 1)):
        on = replace(notice, identity=notice.identity._replace(paid_on=day))
        assert len(on.flaws(DAY)) == flaws


def test_only_paper_gives_way_after_it_was_confirmed() -> None:
    assert PAPER_MACHINE.event(CONFIRMED, CANCELLED) == "joined_to_electronic_receipt"
    assert PAPER_MACHINE.event(CANCELLED, CONFIRMED) == "stands_for_itself_again"
    assert PAPER_MACHINE.terminal() == {FUNDED}
    assert WITHDRAWAL_MACHINE.event(CONFIRMED, CANCELLED) == "paper_notice_withdrawn"
