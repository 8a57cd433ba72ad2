"""The acceptance test is itself tested: damage done to one party's books is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from services.card_agent.store import tables as agent
from services.payment_provider.store import tables as provider
from services.ward_gateway.store import tables as ward
from shared.wire.doors import CARD_AGENT, PAYMENT_PROVIDER, WARD_GATEWAY
from simulation.cards import GOOD_CARDS
from tests.journeys.actions import payment_to_undo, undo
from tests.support.agreement import never_wrong, read_facts, wrong_when_paid
from tests.support.world import World, make_world

NOBODY = UUID(int=1)
Damage = tuple[str, Any, str]
"""(whose books, what is done to them, what must be said of it)."""


def one_payment(channel: str, *, last: bool = False) -> Any:
    c = provider.PAYMENTS.c
    order = c.id.desc() if last else c.id
    return select(c.id).where(c.channel == channel).order_by(order).limit(1).scalar_subquery()


def damages() -> Iterator[Damage]:
    """Yield them in an order in which none is named before it is done."""
    yield WARD_GATEWAY, delete(ward.COMMISSIONS), "not reported: Counter({("
    deposits = update(ward.DEPOSITS).values(amount_yen=ward.DEPOSITS.c.amount_yen + 1)
    yield WARD_GATEWAY, deposits, "at the ward and not booked: Counter({("
    cancelled = ward.RECEIPTS.c.state == "CANCELLED"
    receipts = update(ward.RECEIPTS).values(state="CONFIRMED", funded_yen=0)
    yield WARD_GATEWAY, receipts.where(~cancelled), "is confirmed"
    yield WARD_GATEWAY, receipts.where(cancelled), "at the ward: Counter(); not: Counter({("
    yield from of_the_agent()
    yield from of_the_provider()


def of_the_agent() -> Iterator[Damage]:
    authorisations, orders = agent.AUTHORISATIONS, agent.TRANSFER_ORDERS
    approvals = agent.NETWORK_APPROVALS
    paid = select(authorisations.c.id).where(authorisations.c.state == "REMITTED")
    first = paid.order_by(authorisations.c.id).limit(1).scalar_subquery()
    yield CARD_AGENT, delete(agent.NETWORK_REVERSALS), "undone, taken outside: ('131041'"
    one = update(authorisations).where(authorisations.c.id == first)
    yield CARD_AGENT, one.values(amount_yen=authorisations.c.amount_yen + 1), "card payments "
    other = update(approvals).where(approvals.c.reference != first)
    yield CARD_AGENT, other.values(outcome="declined"), "taken outside: None"
    stray = {
        "reference": NOBODY,
        "outcome": "approved",
        "municipality": "131041",
        "premium_yen": 5,
        "total_yen": 5,
        "at": datetime(2025, 6, 2, tzinfo=UTC),
    }
    yield CARD_AGENT, insert(approvals).values(stray), "the provider has no payment"
    dearer = update(orders).values(amount_yen=orders.c.amount_yen + 1)
    yield CARD_AGENT, dearer, "booked and not ordered: Counter({("
    yield CARD_AGENT, one.values(designated_date=date(2025, 6, 2)), ", late"
    yield CARD_AGENT, difference_in(agent), "the comparison found missing_here"


def of_the_provider() -> Iterator[Damage]:
    payments, receipts = provider.PAYMENTS, provider.RECEIPTS
    by_card, by_bank = one_payment("mobile_credit"), one_payment("mobile_banking")
    other = one_payment("mobile_banking", last=True)
    abandoned = update(payments).where(payments.c.id == by_card).values(state="ABANDONED")
    yield PAYMENT_PROVIDER, abandoned, "receipt without a payment"
    unordered = update(receipts).where(receipts.c.payment_id == by_bank)
    yield PAYMENT_PROVIDER, unordered.values(transfer_order_id=None), "the provider's orders are"
    yield PAYMENT_PROVIDER, unordered.values(state="REPORTED"), "is still REPORTED"
    asked = update(payments).where(payments.c.id == by_bank).values(state="BANK_RESULT_UNKNOWN")
    yield PAYMENT_PROVIDER, asked, "still BANK_RESULT_UNKNOWN"
    same = select(payments.c.barcode).where(payments.c.id == by_bank).scalar_subquery()
    twice = update(payments).where(payments.c.id == other).values(state="ABANDONED", barcode=same)
    yield PAYMENT_PROVIDER, twice, "money was taken 2 times"
    yield PAYMENT_PROVIDER, difference_in(provider, "missing_there"), "found missing_there"
    yield from of_what_was_undone()


def of_what_was_undone() -> Iterator[Damage]:
    receipts, lists = provider.RECEIPTS, provider.PAYMENT_LISTS
    taken_back = update(receipts).where(receipts.c.undone_at.is_not(None))
    yield PAYMENT_PROVIDER, taken_back.values(state="TAKEN"), "is still TAKEN"
    asks = update(provider.UNDOS).values(state="ASKING")
    yield PAYMENT_PROVIDER, asks, "is still unanswered"
    yield PAYMENT_PROVIDER, update(lists).values(taken_at=None), "was not told the payments of"


def difference_in(tables: Any, kind: str = "missing_here") -> Any:
    return insert(tables.DIFFERENCES).values(
        id=NOBODY,
        state="OPEN",
        authorisation_id=NOBODY,
        kind=kind,
        day=date(2025, 6, 2),
        municipality="131041",
        found_at=func.now(),
    )


async def complaints(world: World) -> str:
    return "\n".join(await wrong_when_paid(world, await read_facts(world)))


async def test_damage_to_any_partys_books_is_named(databases, tmp_path):
    world = await make_world(databases, tmp_path, households=4)
    for card in (GOOD_CARDS[0], GOOD_CARDS[1], None, None):
        assert await world.pay(card) == "accepted"
    await undo(world, await payment_to_undo(by_card=True, reported=False)(world))
    await world.walk_until_all_is_paid()
    assert await complaints(world) == ""
    await a_payer_who_is_told_two_things_is_named(world)
    for service, damage, named in damages():
        assert named not in await complaints(world), named
        async with world.mesh.resources[service].foundation.engine.begin() as connection:
            assert (await connection.execute(damage)).rowcount > 0, named
        assert named in await complaints(world), named
    await world.mesh.close()


async def a_payer_who_is_told_two_things_is_named(world: World) -> None:
    facts = await read_facts(world)
    paid = facts.told[0][0]
    for told, named in (
        ([(paid, "abandoned")], "was charged"),
        ([(NOBODY, "declined"), (NOBODY, "accepted")], "['declined', 'accepted']"),
        ([(NOBODY, "undone"), (NOBODY, "accepted")], "['undone', 'accepted']"),
        ([(paid, "undone")], "['undone'] and was charged"),
        ([(NOBODY, "accepted")], "and nothing was taken"),
    ):
        facts.told = told
        assert named in "\n".join(never_wrong(facts))
