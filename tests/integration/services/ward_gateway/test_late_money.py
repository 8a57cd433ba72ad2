"""Money that comes after its day: whose it is, in every order of arrival, and what is named."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from shared.kit.clock import tokyo_time
from tests.integration.services.ward_gateway.ward_rows import Ward, line

PLANNED, CAME, NEXT = date(2025, 6, 13), date(2025, 6, 18), date(2025, 6, 23)
AFTER = date(2025, 6, 25)
CARD, BANKING = "mobile_credit", "mobile_banking"
BY_CARD = tokyo_time(date(2025, 6, 2))


@pytest.fixture
async def ward(databases, clock) -> Ward:
    """Three slips; nothing was paid yet."""
    ward = Ward(await databases.engine("ward_gateway"), clock)
    for name, yen in (("june", 1000), ("july", 500), ("august", 250)):
        await ward.claim(name, yen=yen)
    ward.on(AFTER)
    return ward


async def all_funded(ward: Ward) -> None:
    statement = await ward.statement()
    assert statement.residual_yen == 0
    assert statement.heaps["C1"] == statement.heaps["A1"] == 1750
    assert [i for i in statement.identities if not i.holds] == []
    assert await ward.exceptions() == {}


async def test_late_money_resolves_its_day_and_leaves_nothing_too_much(ward) -> None:
    await ward.receipt("a", "june", channel=BANKING, transfer=PLANNED)
    await ward.receipt("b", "july", yen=500, channel=BANKING, transfer=CAME)
    await ward.receipt("c", "august", yen=250, channel=BANKING, transfer=CAME)
    ward.on(CAME)
    await ward.reconcile()
    assert await ward.exceptions() == {"funds_late": 1000}
    await ward.bank(line(1, 1750, channel=BANKING, day=CAME))
    await ward.reconcile()
    await all_funded(ward)


async def test_late_money_that_is_short_leaves_only_the_missing_yen_late(ward) -> None:
    await ward.receipt("a", "june", channel=BANKING, transfer=PLANNED)
    await ward.bank(line(1, 900, channel=BANKING, day=CAME))
    await ward.reconcile()
    assert await ward.exceptions() == {"funds_late": 100}
    await ward.bank(line(2, 130, channel=BANKING, day=NEXT))
    await ward.reconcile()
    assert await ward.exceptions() == {"deposit_excess": 30}
    statement = await ward.statement()
    assert (statement.heaps["A1"], statement.heaps["C4"], statement.residual_yen) == (1000, 30, 30)
    assert [i for i in statement.identities if not i.holds] == []


async def test_money_before_its_day_explains_nothing(ward) -> None:
    await ward.receipt("a", "june", channel=BANKING, transfer=CAME)
    await ward.bank(line(1, 1000, channel=BANKING, day=PLANNED))
    await ward.reconcile()
    assert await ward.exceptions() == {"deposit_excess": 1000, "funds_late": 1000}
    assert (await ward.statement()).residual_yen == 2000


async def test_late_money_that_the_bank_takes_back_is_late_again(ward) -> None:
    await ward.receipt("a", "june", channel=BANKING, transfer=PLANNED)
    await ward.bank(line(1, 1000, channel=BANKING, day=CAME))
    await ward.reconcile()
    assert await ward.states() == {"FUNDED": 1}
    await ward.bank(line(1, 1000, channel=BANKING, day=CAME, cancelled=True))
    await ward.reconcile()
    assert await ward.states() == {"CONFIRMED": 1}
    assert await ward.exceptions() == {"funds_late": 1000}


async def test_a_days_own_receipt_that_comes_last_takes_its_money_back_from_a_late_one(
    ward,
) -> None:
    await ward.receipt("a", "june", channel=BANKING, transfer=PLANNED)
    await ward.bank(line(1, 1000, channel=BANKING, day=CAME))
    await ward.reconcile()
    await ward.receipt("b", "july", yen=500, channel=BANKING, transfer=CAME)
    await ward.reconcile()
    assert await ward.exceptions() == {"funds_late": 500}
    async with ward.work() as work:
        rows = {b.group.transfer_date: b for b in await work.fundings.balances()}
    assert (rows[PLANNED].came_yen, rows[CAME].owed_yen, rows[CAME].came_yen) == (0, 500, 1000)
    await ward.bank(line(2, 500, channel=BANKING, day=NEXT))
    await ward.reconcile()
    assert await ward.exceptions() == {}


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::13])
async def test_late_card_money_ends_the_same_in_every_order_of_arrival(ward, order) -> None:
    """Due on one day: one paid then, one five days later beside what falls due that day."""
    steps = [
        lambda: ward.receipt("a", "june", channel=CARD, transfer=PLANNED),
        lambda: ward.receipt("b", "july", yen=500, channel=CARD, transfer=PLANNED),
        lambda: ward.receipt("c", "august", yen=250, channel=CARD, transfer=CAME),
        lambda: ward.bank(line(1, 500, channel=CARD, day=PLANNED)),
        lambda: ward.bank(line(2, 1250, channel=CARD, day=CAME)),
    ]
    await ward.commission("1", "june", designated=PLANNED, remitted_on=CAME)
    await ward.commission("2", "july", yen=500, designated=PLANNED, remitted_on=PLANNED)
    await ward.commission("3", "august", yen=250, designated=CAME, remitted_on=CAME)
    for place in order:
        await steps[place]()
        await ward.reconcile()
    await all_funded(ward)
    assert await paid_by(ward) == {"a": 2, "b": 1, "c": 2}


@pytest.mark.parametrize("report_last", [True, False])
async def test_the_agents_report_says_whose_late_money_it_is_whenever_it_comes(
    ward, report_last
) -> None:
    async def report() -> None:
        await ward.commission("1", "june", designated=PLANNED, remitted_on=CAME)
        await ward.commission("2", "july", yen=500, designated=PLANNED, remitted_on=PLANNED)
        await ward.commission("3", "august", yen=250, designated=PLANNED, remitted_on=PLANNED)

    if not report_last:
        await report()
    await ward.receipt("a", "june", channel=CARD, transfer=PLANNED)
    await ward.receipt("b", "july", yen=500, channel=CARD, transfer=PLANNED)
    await ward.receipt("c", "august", yen=250, channel=CARD, transfer=PLANNED)
    await ward.bank(line(1, 750, channel=CARD, day=PLANNED))
    await ward.bank(line(2, 1000, channel=CARD, day=CAME))
    await ward.reconcile()
    if report_last:
        await report()
        await ward.reconcile()
    await all_funded(ward)
    assert await paid_by(ward) == {"a": 2, "b": 1, "c": 1}


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::3])
async def test_late_money_without_a_report_ends_the_same_in_every_order(ward, order) -> None:
    steps = [
        lambda: ward.receipt("a", "june", channel=BANKING, transfer=PLANNED),
        lambda: ward.receipt("b", "july", yen=500, channel=BANKING, transfer=CAME),
        lambda: ward.receipt("c", "august", yen=250, channel=BANKING, transfer=NEXT),
        lambda: ward.bank(
            line(1, 600, channel=BANKING, day=CAME), line(2, 1150, channel=BANKING, day=NEXT)
        ),
    ]
    for place in order:
        await steps[place]()
        await ward.reconcile()
    await all_funded(ward)
    assert await fundings(ward) == {("a", 1): 100, ("a", 2): 900, ("b", 1): 500, ("c", 2): 250}


async def paying(ward: Ward) -> list[str]:
    """Return which receipts pay a claim."""
    found = await ward.select(
        "SELECT r.identity FROM clearings c JOIN receipts r ON r.id = c.receipt_id ORDER BY 1"
    )
    return [identity for (identity,) in found]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
async def test_a_card_whose_money_came_late_pays_after_who_paid_meanwhile(ward, order) -> None:
    """By card on 2 June, due on the 13th, come on the 18th; by Pay-easy on the 16th."""
    meanwhile = tokyo_time(date(2025, 6, 16))
    steps = [
        lambda: ward.receipt("card", "june", channel=CARD, transfer=PLANNED, paid_at=BY_CARD),
        lambda: ward.receipt("bank", "june", paid_at=meanwhile, transfer=CAME),
        lambda: ward.bank(line(1, 1000, channel=CARD, day=CAME)),
        lambda: ward.bank(line(2, 1000, channel="payeasy", day=CAME)),
    ]
    await ward.commission("1", "june", designated=PLANNED, remitted_on=CAME, authorised_at=BY_CARD)
    for place in order:
        await steps[place]()
        await ward.reconcile()
    assert await paying(ward) == ["payeasy/bank"]
    assert await ward.exceptions() == {"double_payment": 1000}
    statement = await ward.statement()
    assert (statement.residual_yen, [i for i in statement.identities if not i.holds]) == (0, [])


async def test_until_the_late_money_is_there_and_once_it_is_taken_back_the_commission_counts(
    ward,
) -> None:
    await ward.receipt("card", "june", channel=CARD, transfer=PLANNED, paid_at=BY_CARD)
    await ward.receipt("bank", "june", paid_at=tokyo_time(date(2025, 6, 16)), transfer=CAME)
    await ward.reconcile()
    assert await paying(ward) == ["mobile_credit/card"]
    await ward.bank(line(1, 1000, channel=CARD, day=CAME))
    await ward.reconcile()
    assert await paying(ward) == ["payeasy/bank"]
    await ward.bank(line(1, 1000, channel=CARD, day=CAME, cancelled=True))
    await ward.reconcile()
    assert await paying(ward) == ["mobile_credit/card"]


async def test_a_card_whose_money_came_in_time_pays_from_the_day_of_its_commission(ward) -> None:
    await ward.receipt("card", "june", channel=CARD, transfer=PLANNED, paid_at=BY_CARD)
    await ward.receipt("bank", "june", paid_at=tokyo_time(date(2025, 6, 12)), transfer=CAME)
    await ward.bank(line(1, 1000, channel=CARD, day=PLANNED))
    await ward.reconcile()
    assert await paying(ward) == ["mobile_credit/card"]


async def fundings(ward: Ward) -> dict[tuple[str, int], int]:
    """Return which bank line pays how much of which receipt."""
    return {
        (identity.rpartition("/")[2], int(reference)): yen
        for identity, reference, yen in await ward.select(
            "SELECT r.identity, d.reference, f.amount_yen FROM fundings f"
            " JOIN receipts r ON r.id = f.receipt_id JOIN deposits d ON d.id = f.deposit_id"
        )
    }


async def paid_by(ward: Ward) -> dict[str, int]:
    """Return which bank line pays each receipt, of receipts that one line pays whole."""
    return dict(sorted(await fundings(ward)))
