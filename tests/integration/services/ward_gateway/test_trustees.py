"""Late trustees, unpaid proxies, decisions of supervisors: what stands where, and who is dunned."""

from __future__ import annotations

import itertools
from datetime import date, datetime

import pytest
from sqlalchemy.exc import ProgrammingError

from services.ward_gateway.domain.refusals import (
    CommissionNotFound,
    DecisionDateImpossible,
    TrusteeDecisionExists,
    TrusteeNotInDefault,
)
from services.ward_gateway.store.trustees import TrusteeDecision
from services.ward_gateway.usecases.decide_trustee import decide_trustee
from services.ward_gateway.usecases.list_dunning_holds import list_dunning_holds
from services.ward_gateway.usecases.list_receipts import list_receipts
from shared.keys.regimes import TRUSTEE_LAW_FROM
from shared.kit.clock import tokyo_time
from tests.integration.services.ward_gateway.ward_rows import Ward, line, named

CARD = "mobile_credit"
OLD, NEW = tokyo_time(date(2021, 12, 28), 12), tokyo_time(date(2022, 1, 4), 12)
DUE, DAY_1, LATER = date(2022, 1, 12), date(2022, 1, 13), date(2022, 1, 20)
CLAIM_DUE = date(2022, 1, 4)


@pytest.fixture
async def ward(databases, clock) -> Ward:
    ward = Ward(await databases.engine("ward_gateway"), clock)
    clock.instant = NEW
    await ward.claim("january", due=CLAIM_DUE)
    return ward


async def commissioned(ward: Ward, at: datetime, *, confirmed: bool = True) -> None:
    """The instalment was paid by card, both parties told it, and the money is due."""
    await ward.commission("C1", "january", designated=DUE, authorised_at=at)
    await ward.receipt(
        "card", "january", channel=CARD, paid_at=at, transfer=DUE, confirmed=confirmed
    )


async def heaps(ward: Ward) -> dict[str, int]:
    statement = await ward.statement()
    assert [i for i in statement.identities if not i.holds and i.name != "I13"] == []
    return {heap.value: int(yen) for heap, yen in statement.heaps.items() if yen}


async def dunning_holds(ward: Ward) -> dict[str, tuple[str, ...]]:
    found = await list_dunning_holds(
        after=None,
        limit=10,
        open_unit_of_work=ward.work,
        clock=ward.clock,
        trustee_from=TRUSTEE_LAW_FROM,
    )
    return {hold.notice_number: hold.reasons for hold in found}


async def dates(ward: Ward):
    page = await list_receipts(
        after=None,
        limit=10,
        open_unit_of_work=ward.work,
        clock=ward.clock,
        trustee_from=TRUSTEE_LAW_FROM,
    )
    (one,) = page
    return one


async def decide(ward: Ward, number: str = "C1", document: str = "R4-12", on: date = LATER):
    return await decide_trustee(
        TrusteeDecision(number, document, on),
        open_unit_of_work=ward.work,
        clock=ward.clock,
        trustee_from=TRUSTEE_LAW_FROM,
    )


async def test_a_late_trustee_is_not_a_late_payer(ward) -> None:
    await commissioned(ward, NEW)
    ward.on(DUE)
    await ward.reconcile()
    assert await ward.exceptions() == {}
    assert await heaps(ward) == {"A2": 1000, "B1": 1000}
    ward.on(DAY_1)
    await ward.reconcile()
    assert await ward.exceptions() == {"funds_late": 1000, "trustee_in_default": 1000}
    assert await heaps(ward) == {"A3": 1000, "B1": 1000}
    assert await ward.reasons(await ward.statement()) == {("A3", "TRUSTEE_IN_DEFAULT"): 1000}
    assert await dunning_holds(ward) == {"000000001": ("TRUSTEE_IN_DEFAULT",)}
    assert (await dates(ward)).dates.deemed_on is None


async def test_late_money_moves_the_payers_date_and_ends_the_default(ward) -> None:
    await commissioned(ward, NEW)
    ward.on(DAY_1)
    await ward.reconcile()
    await ward.bank(line(1, 1000, channel=CARD, day=LATER))
    await ward.told_remitted("C1", LATER)
    ward.on(LATER)
    await ward.reconcile()
    assert await ward.exceptions() == {}
    assert await heaps(ward) == {"A1": 1000, "B1": 1000, "C1": 1000}
    assert await dunning_holds(ward) == {}
    found = (await dates(ward)).dates
    assert (found.deemed_on, found.income_on, found.in_time) == (LATER, LATER, False)


async def test_money_in_time_keeps_the_day_of_the_commission(ward) -> None:
    await commissioned(ward, NEW)
    await ward.bank(line(1, 1000, channel=CARD, day=DUE))
    ward.on(LATER)
    await ward.reconcile()
    found = (await dates(ward)).dates
    assert (found.deemed_on, found.income_on, found.revenue_year) == (
        date(2022, 1, 4),
        DUE,
        2025,
    )


async def test_only_a_supervisor_with_a_document_returns_it_to_the_payer(ward) -> None:
    await commissioned(ward, NEW)
    ward.on(DUE)
    with pytest.raises(TrusteeNotInDefault):
        await decide(ward, on=DUE)
    ward.on(LATER)
    await ward.reconcile()
    for number, on, refused in (
        ("C9", LATER, CommissionNotFound),
        ("C1", DUE, DecisionDateImpossible),
        ("C1", date(2022, 1, 21), DecisionDateImpossible),
    ):
        with pytest.raises(refused):
            await decide(ward, number, on=on)
    decided = await decide(ward)
    assert (decided.receipt_id, decided.amount_yen) == (named("card"), 1000)
    assert await heaps(ward) == {"A7": 1000, "B9": 1000}
    assert await ward.reasons(await ward.statement()) == {("B9", "TRUSTEE_RETURNED"): 1000}
    assert await dunning_holds(ward) == {}
    assert await decide(ward) == decided
    with pytest.raises(TrusteeDecisionExists):
        await decide(ward, document="R4-13")
    await ward.reconcile()
    assert await ward.exceptions() == {"funds_late": 1000}


async def test_money_after_the_decision_pays_the_instalment_after_all(ward) -> None:
    await commissioned(ward, NEW)
    ward.on(LATER)
    await ward.reconcile()
    await decide(ward)
    await ward.bank(line(1, 400, channel=CARD, day=LATER))
    await ward.reconcile()
    assert await heaps(ward) == {"A7": 1000, "B9": 1000, "C1": 400}
    await ward.bank(line(2, 600, channel=CARD, day=LATER))
    await ward.reconcile()
    assert await heaps(ward) == {"A1": 1000, "B1": 1000, "C1": 1000}
    assert (await ward.statement()).residual_yen == 0
    moves = await ward.select("SELECT state, reason FROM receipt_holds")
    assert moves == [("RELEASED", "TRUSTEE_RETURNED")]


async def test_a_proxy_payment_that_did_not_come_is_on_hold_until_its_money_comes(ward) -> None:
    await commissioned(ward, OLD)
    ward.on(DUE)
    await ward.reconcile()
    assert await heaps(ward) == {"A2": 1000, "B1": 1000}
    ward.on(DAY_1)
    await ward.reconcile()
    assert await ward.exceptions() == {"funds_late": 1000, "proxy_not_paid": 1000}
    assert await heaps(ward) == {"A7": 1000, "B9": 1000}
    assert (await ward.statement()).residual_yen == 1000
    assert await dunning_holds(ward) == {}  # the payer is dunned: the old law says so
    with pytest.raises(TrusteeNotInDefault):
        await decide(ward, on=DAY_1)
    await ward.bank(line(1, 1000, channel=CARD, day=LATER))
    ward.on(LATER)
    await ward.reconcile()
    assert await ward.exceptions() == {}
    assert await heaps(ward) == {"A1": 1000, "B1": 1000, "C1": 1000}
    assert (await ward.statement()).residual_yen == 0


async def test_money_that_the_bank_takes_back_puts_a_proxy_payment_on_hold_again(ward) -> None:
    await commissioned(ward, OLD)
    ward.on(DAY_1)
    await ward.reconcile()
    await ward.bank(line(1, 1000, channel=CARD, day=LATER))
    await ward.reconcile()
    await ward.bank(line(1, 1000, channel=CARD, day=LATER, cancelled=True))
    await ward.reconcile()
    assert await heaps(ward) == {"A7": 1000, "B9": 1000}
    states = await ward.select("SELECT state, count(*) FROM receipt_holds GROUP BY 1 ORDER BY 1")
    assert states == [("HELD", 1), ("RELEASED", 1)]


async def test_a_payment_by_another_channel_pays_while_the_proxys_is_on_hold(ward) -> None:
    await commissioned(ward, OLD)
    ward.on(DAY_1)
    await ward.reconcile()
    await ward.receipt("till", "january", transfer=DAY_1, paid_at=tokyo_time(DAY_1, 12))
    await ward.reconcile()
    assert await heaps(ward) == {"A2": 1000, "B1": 1000, "B9": 1000}
    assert "double_payment" not in await ward.exceptions()
    await ward.bank(line(1, 1000, channel=CARD, day=LATER), line(2, 1000, day=DAY_1))
    ward.on(LATER)
    await ward.reconcile()
    assert await ward.exceptions() == {"double_payment": 1000}
    assert await heaps(ward) == {"A1": 1000, "B1": 1000, "B3": 1000, "C1": 2000}


async def test_a_preliminary_receipt_is_in_default_by_its_report_alone(ward) -> None:
    await commissioned(ward, NEW, confirmed=False)
    ward.on(DUE)
    await ward.reconcile()
    assert await heaps(ward) == {"A4": 1000, "B1": 1000}
    ward.on(DAY_1)
    await ward.reconcile()
    assert await ward.exceptions() == {"trustee_in_default": 1000}
    assert await heaps(ward) == {"A3": 1000, "B1": 1000}


async def test_a_commission_without_a_receipt_stops_dunning_and_moves_no_heap(ward) -> None:
    await ward.commission("C1", "january", designated=DUE, authorised_at=NEW)
    ward.on(LATER)
    await ward.reconcile()
    assert await heaps(ward) == {"A7": 1000}
    assert await dunning_holds(ward) == {"000000001": ("COMMISSION_REPORTED",)}
    assert await ward.exceptions() == {"commission_without_receipt": 1000}


async def test_paid_by_31_may_with_money_in_june_is_carried_over_and_off_dunning(ward) -> None:
    await ward.claim("march", due=date(2026, 3, 31))
    at_till = tokyo_time(date(2026, 5, 29), 12)
    await ward.receipt("till", "march", paid_at=at_till, transfer=date(2026, 6, 2))
    ward.on(date(2026, 5, 31))
    assert await dunning_holds(ward) == {}
    ward.on(date(2026, 6, 1))
    await ward.reconcile()
    assert await dunning_holds(ward) == {"000000002": ("CARRIED_OVER_DEEMED",)}
    await ward.bank(line(1, 1000, day=date(2026, 6, 2)))
    ward.on(date(2026, 6, 3))
    await ward.reconcile()
    assert await dunning_holds(ward) == {"000000002": ("CARRIED_OVER_DEEMED",)}
    found = (await dates(ward)).dates
    assert (found.deemed_on, found.income_on) == (date(2026, 5, 29), date(2026, 6, 2))
    assert (found.claim_year, found.revenue_year) == (2025, 2026)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::4])
@pytest.mark.parametrize("paid_at", [OLD, NEW], ids=["proxy2006", "trustee2022"])
async def test_the_heaps_hold_in_every_order_of_arrival(ward, paid_at, order) -> None:
    """Report, receipt, short late money, another payment of the same slip: one end."""
    steps = [
        lambda: ward.commission("C1", "january", designated=DUE, authorised_at=paid_at),
        lambda: ward.receipt("card", "january", channel=CARD, paid_at=paid_at, transfer=DUE),
        lambda: ward.bank(line(1, 700, channel=CARD, day=LATER)),
        lambda: ward.receipt(
            "till", "january", transfer=DAY_1, paid_at=tokyo_time(date(2022, 1, 11), 12)
        ),
    ]
    ward.on(LATER)
    for place in order:
        await steps[place]()
        await ward.reconcile()
        assert await heaps(ward)
    old = {"A3": 1000, "B1": 1000, "B9": 1000, "C1": 700}
    new = {"A1": 700, "A3": 300, "B1": 1000, "B3": 1000, "C1": 700}
    assert await heaps(ward) == (old if paid_at == OLD else new)
    assert (await ward.statement()).residual_yen == 1300


async def test_a_decision_cannot_be_unwritten(ward) -> None:
    await commissioned(ward, NEW)
    ward.on(LATER)
    await decide(ward)
    for change in ("DELETE FROM {}", "UPDATE {} SET document_number = ''", "TRUNCATE {}"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            await ward.execute(change.format("trustee_decisions"))
