"""The story of every arrow of the payers' conversations: how it comes to fly, and who asks again.

`in_scope` is read from the code, so an arrow without a story fails a test. To add the story of a
new arrow:

1. Write what its caller does as an `Action`: `prepare` makes the occasion (a new slip, a payment
   whose answer was lost, a file that waits) with nothing broken; `act` does the one thing in whose
   course the arrow flies, and does it as that caller would, repeating until it has an answer
   (`world.mesh.access.patiently`, `world.run`, `world.payers`). Nothing may be left half done that
   `world.settle` or the next morning does not finish.
2. Name in `processes` the services whose commits belong to it: each of them dies, and loses its
   database, at each of these commits (test_processes_die.py).
3. Add `Story(ARROW, (ACTION, ...))` to _STORIES. Several actions: several occasions on which the
   same arrow flies (an id that the peer knows, one that it must close). moves_files=True where a
   file, a list or an order hangs on it: its test then walks on until all the money has arrived.
   An action that a process of ours can die of goes into MORTAL_ACTIONS too.
4. If money is given back, or stands in a new place, teach tests/support/agreement.py who the two
   witnesses are (an undone payment is neither accepted nor charged; a differing list is settled
   when it is resolved). If a new state waits for the payer, teach it to simulation/payers.py: the
   payers here are those, and `world.settle` asks until none of them waits.

A conversation with an outside company that has no door here is joined in `refit` of
tests/support/world.py by `network.stand_before(client.peer, callee, door)`, with the arrow's own
names, and its module is named in OUTSIDE_COMPANIES below. An arrow of the operator door is no part
of these conversations, unless OPERATORS names it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import ModuleType
from typing import Any

from sqlalchemy import select

from services.card_agent.clients import card_network
from services.card_agent.store.tables import TRANSFER_ORDERS as AGENT_ORDERS
from services.payment_provider.clients import payers_bank
from services.payment_provider.store.tables import TRANSFER_ORDERS as PROVIDER_ORDERS
from shared.kit.arrow import AnyArrow, Arrow
from shared.wire.card_authorisations import (
    AUTHORISE_CARD,
    LIST_COMMISSIONS,
    SETTLE_AUTHORISATION,
)
from shared.wire.card_tokens import MAKE_CARD_TOKEN
from shared.wire.doors import (
    ARROWS,
    CARD_AGENT,
    LOG_IN,
    PAYMENT_PROVIDER,
    WARD_GATEWAY,
    WHOAMI,
)
from shared.wire.file_collection import AT_CARD_AGENT, AT_PROVIDER
from shared.wire.mobile_payments import (
    PAY_BY_BANK,
    PAY_BY_CARD,
    READ_PAYMENT,
    READ_SLIP,
    ReadSlip,
)
from shared.wire.transfer_orders import FROM_CARD_AGENT, FROM_PROVIDER
from simulation.bank_account import book_transfer_orders
from simulation.books import Books
from simulation.cards import GOOD_CARDS
from simulation.day_plan import move_clocks
from tests.support.breakages import Action, Story, check_peers
from tests.support.world import World

CARD = GOOD_CARDS[0]
OPERATORS: tuple[AnyArrow, ...] = (FROM_PROVIDER, FROM_CARD_AGENT)
OUTSIDE_COMPANIES: tuple[ModuleType, ...] = (card_network, payers_bank)


def in_scope() -> dict[str, AnyArrow]:
    """Return every arrow that must have a story, by name, as the code declares them now."""
    ours = [
        arrow
        for arrow in ARROWS
        if arrow.callee in {PAYMENT_PROVIDER, CARD_AGENT} and arrow.door != "operator"
    ]
    outside = [
        value
        for module in OUTSIDE_COMPANIES
        for value in vars(module).values()
        if isinstance(value, Arrow)
    ]
    return {arrow.name: arrow for arrow in (*ours, *OPERATORS, *outside)}


# What payers do.


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


async def settle(world: World, _: object) -> None:
    await world.settle()


async def settle_from_the_provider_alone(world: World, _: object) -> None:
    """The provider is faster than the agent's own job: its question makes the agent ask."""
    await world.run(PAYMENT_PROVIDER, "settle_card_payments")
    await world.settle()


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
CARD_PAYMENT = Action("pay by card", pay_by_card, processes=BOTH)
BANK_PAYMENT = Action("pay from a bank account", pay_by_bank, processes=(PAYMENT_PROVIDER,))
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
    with_lost(payers_bank.DEBIT_ACCOUNT, "answer_lost", by_card=False),
    (PAYMENT_PROVIDER,),
)
BANK_CLOSURE = Action(
    "close a debit that never arrived",
    settle,
    with_lost(payers_bank.DEBIT_ACCOUNT, "question_lost", by_card=False),
    (PAYMENT_PROVIDER,),
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

_STORIES = (
    Story(READ_SLIP, (READING,)),
    Story(PAY_BY_CARD, (CARD_PAYMENT,)),
    Story(PAY_BY_BANK, (BANK_PAYMENT,)),
    Story(READ_PAYMENT, (ASKING_AGAIN,)),
    Story(MAKE_CARD_TOKEN, (CARD_PAYMENT,)),
    Story(AUTHORISE_CARD, (CARD_PAYMENT,)),
    Story(SETTLE_AUTHORISATION, (CARD_SETTLEMENT, CARD_CLOSURE)),
    Story(card_network.ASK_NETWORK, (CARD_PAYMENT,)),
    Story(card_network.SETTLE_WITH_NETWORK, (NETWORK_SETTLEMENT, NETWORK_CLOSURE)),
    Story(payers_bank.DEBIT_ACCOUNT, (BANK_PAYMENT,)),
    Story(payers_bank.SETTLE_DEBIT, (BANK_SETTLEMENT, BANK_CLOSURE)),
    Story(LIST_COMMISSIONS, (COMPARISON,), moves_files=True),
    Story(AT_CARD_AGENT.list_files, (REPORTING,), moves_files=True),
    Story(AT_CARD_AGENT.collect_file, (REPORTING,), moves_files=True),
    Story(AT_CARD_AGENT.acknowledge_file, (REPORTING,), moves_files=True),
    Story(AT_PROVIDER.list_files, (COLLECTION,), moves_files=True),
    Story(AT_PROVIDER.collect_file, (COLLECTION,), moves_files=True),
    Story(AT_PROVIDER.acknowledge_file, (COLLECTION,), moves_files=True),
    Story(LOG_IN[PAYMENT_PROVIDER, "leased_line"], (FIRST_COLLECTION,), moves_files=True),
    Story(FROM_PROVIDER, (PROVIDER_BOOKING,), moves_files=True),
    Story(FROM_CARD_AGENT, (AGENT_BOOKING,), moves_files=True),
    *(
        Story(WHOAMI[service, "payers"], (Action("who am I", who_am_i(service)),))
        for service in BOTH
    ),
    Story(
        WHOAMI[PAYMENT_PROVIDER, "leased_line"],
        (Action("look at the ward's peers", check_peers(WARD_GATEWAY, PAYMENT_PROVIDER)),),
    ),
    Story(
        WHOAMI[CARD_AGENT, "leased_line"],
        (Action("look at the provider's peers", check_peers(PAYMENT_PROVIDER, CARD_AGENT)),),
    ),
)
STORIES: Mapping[str, Story] = {story.arrow.name: story for story in _STORIES}
MORTAL_ACTIONS = (
    CARD_PAYMENT,
    BANK_PAYMENT,
    CARD_SETTLEMENT,
    CARD_CLOSURE,
    NETWORK_SETTLEMENT,
    NETWORK_CLOSURE,
    BANK_SETTLEMENT,
    BANK_CLOSURE,
)
