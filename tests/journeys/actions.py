"""What payers, operators and days do, in whose course the arrows fly: each as its caller does it.

Knows nothing of what breaks; arrows.py says which arrow has which of these as its story.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.card_agent.clients import card_network
from services.card_agent.store.tables import TRANSFER_ORDERS as AGENT_ORDERS
from services.payment_provider.clients import payers_bank
from services.payment_provider.domain.bank_books import SESSION_LIFETIME
from services.payment_provider.store.tables import TRANSFER_ORDERS as PROVIDER_ORDERS
from shared.kit.arrow import AnyArrow
from shared.wire.card_authorisations import (
    AUTHORISE_CARD,
)
from shared.wire.differences import UNDO_PAYMENT, UndoPayment
from shared.wire.doors import (
    CARD_AGENT,
    PAYMENT_PROVIDER,
    WARD_GATEWAY,
    WHOAMI,
)
from shared.wire.mobile_payments import (
    READ_SLIP,
    ReadSlip,
)
from simulation.bank_account import book_transfer_orders
from simulation.books import Books
from simulation.cards import GOOD_CARDS
from simulation.day_plan import move_clocks
from simulation.payers import Attempt
from tests.support.breakages import Action
from tests.support.world import World

CARD = GOOD_CARDS[0]
REPORTED_AT_ONCE = 6
Paid = tuple[UUID, Attempt]
"""A payment that was accepted, and how its payer meant it."""


# What payers do.


async def new_payers(world: World) -> None:
    """Who pays has not accepted the terms yet."""
    world.welcome_new_payers()


async def read_slip(world: World, _: object) -> None:
    slip = world.slips[-1]
    client = world.mesh.access.at(None, READ_SLIP)
    body = ReadSlip(barcode=slip.barcode or "")
    answer = await world.mesh.access.patiently(lambda: client.ask(READ_SLIP, body))
    assert answer.amount_yen == slip.amount_yen


async def pay_by_card(world: World, _: object) -> None:
    await world.pay(CARD)


async def pay_by_bank(world: World, _: object) -> None:
    await world.pay(None)


async def leave_an_answered_payment_open(world: World) -> None:
    """The agent's answer was lost and the provider has it by now; the payer has not asked."""
    world.net.break_arrow(AUTHORISE_CARD, "answer_lost")
    assert await world.pay(CARD) == "being_confirmed"
    await world.run(PAYMENT_PROVIDER, "settle_card_payments")


async def ask_how_it_stands(world: World, _: object) -> None:
    assert await world.payers.ask_again() == 0


# What is asked about what is open.


def with_lost(arrow: AnyArrow, what: Any, *, by_card: bool) -> Callable[[World], Awaitable[None]]:
    """Return the occasion: a payment in whose course a question or an answer was lost."""

    async def prepare(world: World) -> None:
        mishap = world.net.break_arrow(arrow, what)
        assert await world.pay(CARD if by_card else None) == "being_confirmed"
        assert mishap.struck == 1

    return prepare


async def leave_the_bank_for_good(world: World) -> None:
    """A payer's session at the bank has ended, and he has not decided."""
    attempt = world.attempt(world.new_slip(), None, at_bank="leave")
    assert (await world.payers.pay(attempt)).state == "at_bank"
    await world.walk_to(world.now + SESSION_LIFETIME + timedelta(seconds=1))
    assert len(world.payers.open) == 1


async def settle(world: World, _: object) -> None:
    await world.settle()


async def settle_from_the_provider_alone(world: World, _: object) -> None:
    """The provider is faster than the agent's own job: its question makes the agent ask."""
    await world.run(PAYMENT_PROVIDER, "settle_card_payments")
    await world.settle()


# What is taken back.


async def accepted(world: World, *, by_card: bool) -> Paid:
    """Let a payer pay a new slip."""
    attempt = world.attempt(world.new_slip(), CARD if by_card else None)
    view = await world.payers.pay(attempt)
    assert view.state == "accepted"
    return view.payment_id, attempt


def payment_to_undo(*, by_card: bool, reported: bool) -> Callable[[World], Awaitable[Paid]]:
    """Return the occasion: an accepted payment; reported: its 01 is at the ward since today.

    Several are reported on one morning; whoever comes next on that day takes another of them.
    """
    name = f"reported by_card={by_card}"

    async def prepare(world: World) -> Paid:
        if not reported:
            return await accepted(world, by_card=by_card)
        if not world.put_by.get((name, world.today)):
            paid = [await accepted(world, by_card=by_card) for _ in range(REPORTED_AT_ONCE)]
            await world.next_morning()
            world.put_by[name, world.today] = paid
        payment: Paid = world.put_by[name, world.today].pop()
        return payment

    return prepare


async def undo(world: World, paid: Paid) -> None:
    """An operator undoes it, and asks until it is done; the payer looks, and pays the slip anew."""
    payment_id, attempt = paid
    body = UndoPayment(fault="answer_lost")
    await world.mesh.access.operate(UNDO_PAYMENT, body, payment_id=payment_id)
    await world.settle()
    answer = await world.mesh.access.operate(UNDO_PAYMENT, body, payment_id=payment_id)
    assert answer.state == "undone"
    assert await world.payers.look_at(payment_id, attempt) == "undone"
    await world.payers.pay(attempt)
    await world.settle()
    assert world.told[-1][1] == "accepted"


# What the days bring.


async def leave_a_commission_to_report(world: World) -> None:
    await world.pay(CARD)
    await world.next_morning(waves=1)


async def fetch_reports(world: World, _: object) -> None:
    await world.run(PAYMENT_PROVIDER, "fetch_agent_reports")


async def leave_a_day_to_compare(world: World) -> None:
    await world.pay(CARD)
    await world.next_morning(waves=2)


async def compare(world: World, _: object) -> None:
    await world.run(PAYMENT_PROVIDER, "compare_commissions")
    await world.run(PAYMENT_PROVIDER, "report_payments")
    await world.run(WARD_GATEWAY, "collect_leased_line")


async def leave_files_to_collect(world: World) -> None:
    await world.pay(CARD)
    await world.pay(None)
    await move_clocks(world.mesh.access, world.now + timedelta(minutes=1))
    await world.run(PAYMENT_PROVIDER, "build_receipts_files")


async def leave_files_to_a_new_terminal(world: World) -> None:
    """A ward whose process is new has no token left: its terminal must log in."""
    await leave_files_to_collect(world)
    await world.restart(WARD_GATEWAY)


async def collect(world: World, _: object) -> None:
    await world.run(WARD_GATEWAY, "collect_leased_line")


async def close_a_day_of_payments(world: World) -> None:
    await world.pay(CARD)
    await world.pay(None)
    await world.close_day()


async def live_through_the_morning(world: World, _: object) -> None:
    await world.next_morning()


def with_order_at(service: str, table: Any) -> Callable[[World], Awaitable[None]]:
    """Return the occasion: a day for which a transfer was ordered (money is paid in on it)."""

    async def prepare(world: World) -> None:
        def of_today() -> Any:
            return select(table.c.id).where(table.c.value_date == world.today)

        if await world.rows(service, of_today()):
            return
        await pay_by_card(world, None)
        await pay_by_bank(world, None)
        while not await world.rows(service, of_today()):
            await world.live_through_next_due_day()

    return prepare


def booked_by_another_bank(service: str, table: Any) -> Callable[[World, Any], Awaitable[None]]:
    """Return what a bank does that has heard of no order yet: book those of today, once."""

    async def act(world: World, _: object) -> None:
        path = world.mesh.installation.home.path / f"bank-{len(world.net.calls)}.sqlite"
        books = Books(path)
        town = world.mesh.access.municipality
        await book_transfer_orders(world.mesh.access, books, town, world.today)
        booked = {(b.remitter_code, b.amount_yen) for b in books.all_bookings()}
        books.close()
        rows = await world.rows(service, select(table).where(table.c.value_date == world.today))
        assert {(row.remitter_code, row.amount_yen) for row in rows} <= booked
        assert rows

    return act


# Who is there.


def who_am_i(service: str) -> Callable[[World, Any], Awaitable[None]]:
    """Return what anybody may ask at a public door."""

    async def act(world: World, _: object) -> None:
        arrow = WHOAMI[service, "payers"]
        client = world.mesh.access.at(None, arrow)
        answer = await world.mesh.access.patiently(lambda: client.ask(arrow))
        assert answer.caller == "anonymous"

    return act


BOTH = (PAYMENT_PROVIDER, CARD_AGENT)
READING = Action("read a slip", read_slip)
CARD_PAYMENT = Action("pay by card", pay_by_card, new_payers, BOTH)
BANK_PAYMENT = Action("pay from a bank account", pay_by_bank, new_payers, (PAYMENT_PROVIDER,))
ASKING_AGAIN = Action("ask how it stands", ask_how_it_stands, leave_an_answered_payment_open)
CARD_SETTLEMENT = Action(
    "settle a commission",
    settle,
    with_lost(AUTHORISE_CARD, "answer_lost", by_card=True),
    (PAYMENT_PROVIDER,),
)
CARD_CLOSURE = Action(
    "close an authorisation that never arrived",
    settle,
    with_lost(AUTHORISE_CARD, "question_lost", by_card=True),
    BOTH,
)
NETWORK_SETTLEMENT = Action(
    "settle with the network",
    settle,
    with_lost(card_network.ASK_NETWORK, "answer_lost", by_card=True),
    BOTH,
)
NETWORK_CLOSURE = Action(
    "void at the network",
    settle_from_the_provider_alone,
    with_lost(card_network.ASK_NETWORK, "question_lost", by_card=True),
    BOTH,
)
BANK_SETTLEMENT = Action(
    "settle a debit",
    settle,
    with_lost(payers_bank.BANK_RESULT, "answer_lost", by_card=False),
    (PAYMENT_PROVIDER,),
)
BANK_CLOSURE = Action(
    "close a debit that never arrived",
    settle,
    with_lost(payers_bank.OPEN_BANK_SESSION, "question_lost", by_card=False),
    (PAYMENT_PROVIDER,),
)
SESSION_CLOSURE = Action(
    "close a session that was left",
    settle,
    leave_the_bank_for_good,
    (PAYMENT_PROVIDER,),
)
CARD_UNDOING = Action(
    "undo a card payment", undo, payment_to_undo(by_card=True, reported=False), BOTH
)
CARD_UNDOING_NEXT_DAY = Action(
    "undo a card payment that was reported", undo, payment_to_undo(by_card=True, reported=True)
)
BANK_UNDOING = Action(
    "undo a bank payment",
    undo,
    payment_to_undo(by_card=False, reported=False),
    (PAYMENT_PROVIDER,),
)
BANK_UNDOING_NEXT_DAY = Action(
    "undo a bank payment that was reported", undo, payment_to_undo(by_card=False, reported=True)
)
COMPARISON = Action("compare a day", compare, leave_a_day_to_compare)
REPORTING = Action("fetch reports", fetch_reports, leave_a_commission_to_report)
COLLECTION = Action("collect files", collect, leave_files_to_collect)
FIRST_COLLECTION = Action("log in and collect", collect, leave_files_to_a_new_terminal)
# How the ward's own process dies in a morning stands in tests/integration/services/ward_gateway.
MORNING = Action(
    "live through a morning",
    live_through_the_morning,
    close_a_day_of_payments,
    BOTH,
)
PROVIDER_BOOKING = Action(
    "book the provider's orders",
    booked_by_another_bank(PAYMENT_PROVIDER, PROVIDER_ORDERS),
    with_order_at(PAYMENT_PROVIDER, PROVIDER_ORDERS),
)
AGENT_BOOKING = Action(
    "book the card agent's orders",
    booked_by_another_bank(CARD_AGENT, AGENT_ORDERS),
    with_order_at(CARD_AGENT, AGENT_ORDERS),
)
