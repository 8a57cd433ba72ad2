"""Do all organisations, the banks and the payers agree to the yen? Each question has two witnesses.

Three sets of questions: what may never be wrong, not even while something is open; what must hold
once everything is settled; and what must hold once all the money has been paid over.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.card_agent.domain.authorisations import COMMISSIONED
from services.card_agent.store import tables as agent
from services.payment_provider.domain.payments import COURSES, LIVE_STATES
from services.payment_provider.domain.receipts import ReceiptState
from services.payment_provider.domain.undos import UNDONE_STATES, UndoState
from services.payment_provider.store import tables as provider
from services.ward_gateway.store import tables as ward
from shared.keys.channels import Channel
from shared.wire.doors import CARD_AGENT, PAYMENT_PROVIDER, WARD_GATEWAY
from shared.wire.sandbox_books import CARD_NETWORK_BOOKS, PAYERS_BANK_BOOKS
from simulation.payers import OPEN as WAITING
from simulation.rehearsal import FISCAL_YEAR
from simulation.verdict import IDENTITIES, find, read_all
from tests.support.world import World

ACCEPTED = frozenset(course.accepted.value for course in COURSES.values())
OPEN = frozenset(LIVE_STATES) - ACCEPTED
UNDONE = frozenset(state.value for state in UNDONE_STATES.values())
TOLD_NO = frozenset({"declined", "abandoned", "refused"})
GIVEN_BACK = "undone"
TAKEN_BACK = "preliminary_cancelled"
"""The ward's exception for each receipt that a 03 took back."""
COMMISSION_STATES = frozenset(state.value for state in COMMISSIONED)
AGENT_OPEN = frozenset({"ASKING", "NETWORK_UNKNOWN", "UNDOING"})

Money = tuple[str, int]
"""(municipality, yen)."""
Book = Mapping[UUID, Money]


@dataclass
class Facts:
    """What each party's books show, read at one moment in which nobody moves."""

    payments: dict[UUID, Any]
    receipts: list[Any]
    orders: list[Any]
    undos: list[Any]
    differences: list[Any]
    untold_days: list[Any]
    authorisations: dict[UUID, Any]
    agent_orders: list[Any]
    charged_cards: Book
    debited_accounts: Book
    told: list[tuple[UUID, str]]
    open_notes: int
    outside: dict[UUID, Money] = field(init=False)

    def __post_init__(self) -> None:
        self.outside = {**self.charged_cards, **self.debited_accounts}

    def accepted(self, channel: Channel) -> Book:
        """Return the accepted payments of a channel, by the id that the outside knows."""
        return {
            row.peer_id: (row.municipality, row.amount_yen)
            for row in self.payments.values()
            if row.channel == channel.value and row.state in ACCEPTED
        }

    @property
    def being_undone(self) -> set[UUID]:
        """Return the outside's ids of what may be given back by now, or not yet."""
        return {row.peer_id for row in self.undos if row.state == UndoState.ASKING.value}

    def commissions(self) -> Book:
        """Return the card agent's commissions that stand."""
        return {
            id_: (row.municipality, row.amount_yen)
            for id_, row in self.authorisations.items()
            if row.state in COMMISSION_STATES
        }


async def read_facts(world: World) -> Facts:
    """Read the books of the provider, the card agent, the networks, the banks and the payers."""
    payments = await world.rows(PAYMENT_PROVIDER, select(provider.PAYMENTS))
    authorisations = await world.rows(CARD_AGENT, select(agent.AUTHORISATIONS))
    books = world.mesh.books
    lists = provider.PAYMENT_LISTS
    untold = select(lists.c.day).where(lists.c.taken_at.is_(None))
    return Facts(
        {row.id: row for row in payments},
        list(await world.rows(PAYMENT_PROVIDER, select(provider.RECEIPTS))),
        list(await world.rows(PAYMENT_PROVIDER, select(provider.TRANSFER_ORDERS))),
        list(await world.rows(PAYMENT_PROVIDER, select(provider.UNDOS))),
        await _open_differences(world),
        list(await world.rows(PAYMENT_PROVIDER, untold)),
        {row.id: row for row in authorisations},
        list(await world.rows(CARD_AGENT, select(agent.TRANSFER_ORDERS))),
        await _outside(world, CARD_NETWORK_BOOKS),
        await _outside(world, PAYERS_BANK_BOOKS),
        world.told,
        len(books.payments("intended", *WAITING)),
    )


async def _open_differences(world: World) -> list[Any]:
    """Return what differs by the provider's books and by the agent's, and was not resolved."""
    found: list[Any] = []
    for service, tables in ((PAYMENT_PROVIDER, provider), (CARD_AGENT, agent)):
        standing = select(tables.DIFFERENCES).where(tables.DIFFERENCES.c.state == "OPEN")
        found += await world.rows(service, standing)
    return found


async def _outside(world: World, arrow: Any) -> Book:
    access = world.mesh.access
    lines = await read_all(lambda q: access.operate(arrow, query=_after(q)), lambda p: p.lines)
    return {line.reference: (line.municipality, int(line.amount_yen)) for line in lines}


def _after(query: dict[str, str | int]) -> dict[str, str | int]:
    return {name: value for name, value in query.items() if name == "after"}


def never_wrong(facts: Facts) -> list[str]:
    """Name what may not be so at any moment, however much is still open."""
    return [
        *_charged_without_a_payment(facts),
        *_charged_twice(facts),
        *_charged_after_a_no(facts),
        *_accepted_without_a_charge(facts),
    ]


def _charged_without_a_payment(facts: Facts) -> Iterable[str]:
    known = {row.peer_id for row in facts.payments.values()}
    for id_ in facts.outside.keys() - known:
        yield f"{id_}: money was taken and the provider has no payment"


def _charged_twice(facts: Facts) -> Iterable[str]:
    slips = Counter(
        (row.municipality, row.barcode)
        for row in facts.payments.values()
        if row.peer_id in facts.outside
    )
    for slip, count in slips.items():
        if count > 1:
            yield f"slip {slip}: money was taken {count} times"


def _charged_after_a_no(facts: Facts) -> Iterable[str]:
    """A payer who was told no, by whatever name, is not charged, and is never told yes again."""
    answers: dict[UUID, list[str]] = defaultdict(list)
    for id_, state in facts.told:
        answers[id_].append(state)
    for id_, told in answers.items():
        no = TOLD_NO & set(told)
        row = facts.payments.get(id_)
        taken = row is not None and row.peer_id in facts.outside
        if (no or GIVEN_BACK in told) and taken:
            yield f"{id_}: the payer was told {told} and was charged"
        since_undone = told[told.index(GIVEN_BACK) :] if GIVEN_BACK in told else []
        if (no and {"accepted", GIVEN_BACK} & set(told)) or "accepted" in since_undone:
            yield f"{id_}: the payer was told {told}"
        if "accepted" in told and not taken and not _may_be_given_back(row, facts):
            yield f"{id_}: the payer was told {told} and nothing was taken"


def _may_be_given_back(row: Any, facts: Facts) -> bool:
    return row is not None and (row.state in UNDONE or row.peer_id in facts.being_undone)


def _accepted_without_a_charge(facts: Facts) -> Iterable[str]:
    for row in facts.payments.values():
        taken = facts.outside.get(row.peer_id)
        if row.state in UNDONE and taken is not None:
            yield f"{row.id}: undone, taken outside: {taken}"
        if taken is None and row.peer_id in facts.being_undone:
            continue
        if row.state in ACCEPTED and taken != (row.municipality, row.amount_yen):
            yield f"{row.id}: accepted over {row.amount_yen} yen, taken outside: {taken}"


def wrong_when_settled(facts: Facts) -> list[str]:
    """Name what may not be so once every question has been asked again."""
    return [
        *never_wrong(facts),
        *_differs("card payments", facts.accepted(Channel.MOBILE_CREDIT), facts.commissions()),
        *_differs("commissions", facts.commissions(), facts.charged_cards),
        *_differs("bank payments", facts.accepted(Channel.MOBILE_BANKING), facts.debited_accounts),
        *_still_open(facts),
        *_receipts_differ(facts),
    ]


def _differs(name: str, ours: Book, theirs: Book) -> Iterable[str]:
    for id_ in ours.keys() | theirs.keys():
        if ours.get(id_) != theirs.get(id_):
            yield f"{name} {id_}: {ours.get(id_)} on one side, {theirs.get(id_)} on the other"


def _still_open(facts: Facts) -> Iterable[str]:
    for row in facts.payments.values():
        if row.state in OPEN:
            yield f"payment {row.id} is still {row.state}"
    for row in facts.authorisations.values():
        if row.state in AGENT_OPEN:
            yield f"authorisation {row.id} is still {row.state}"
    for id_ in facts.being_undone:
        yield f"the undo of {id_} is still unanswered"
    if facts.open_notes:
        yield f"{facts.open_notes} payers still wait for an outcome"


def _receipts_differ(facts: Facts) -> Iterable[str]:
    """Each payment that was ever accepted has one receipt: taken back if it was undone."""
    ours = Counter(
        (r.payment_id, r.barcode, r.amount_yen, r.undone_at is not None) for r in facts.receipts
    )
    due = Counter(
        (row.id, row.barcode, row.amount_yen, row.state in UNDONE)
        for row in facts.payments.values()
        if row.state in ACCEPTED | UNDONE
    )
    yield from (f"receipt without a payment: {r}" for r in (ours - due).elements())
    yield from (f"payment without a receipt: {r}" for r in (due - ours).elements())


async def wrong_when_paid(world: World, facts: Facts) -> list[str]:
    """Name what may not be so once all the money was paid over and all books were reconciled."""
    return [
        *wrong_when_settled(facts),
        *_not_told_to_the_end(facts),
        *_orders_differ(facts),
        *await _account_differs(world, facts),
        *await _reports_differ(world, facts),
        *await _ward_differs(world, facts),
        *(
            f"the comparison found {row.kind} of {row.authorisation_id}"
            for row in facts.differences
        ),
        *(f"the card agent was not told the payments of {row.day}" for row in facts.untold_days),
    ]


def _not_told_to_the_end(facts: Facts) -> Iterable[str]:
    """A receipt ends with its 02, one that was taken back with its 03, after its 01."""
    for receipt in facts.receipts:
        end = ReceiptState.CONFIRMED if receipt.undone_at is None else ReceiptState.CANCELLED
        if receipt.state != end.value:
            yield f"receipt {receipt.id} is still {receipt.state}"


def _orders_differ(facts: Facts) -> Iterable[str]:
    """Each order is the sum of what bears it, and everything that was taken bears one."""
    by_bank = [
        r
        for r in facts.receipts
        if r.channel == Channel.MOBILE_BANKING.value and r.undone_at is None
    ]
    by_card = [a for a in facts.authorisations.values() if a.state in COMMISSION_STATES]
    for name, orders, parts in (
        ("provider", facts.orders, by_bank),
        ("card agent", facts.agent_orders, by_card),
    ):
        sums: Counter[Any] = Counter()
        for part in parts:
            sums[part.transfer_order_id] += part.amount_yen
        ordered = {order.id: order.amount_yen for order in orders}
        if dict(sums) != ordered:
            yield f"the {name}'s orders are {ordered}, what they pay is {dict(sums)}"
    for row in by_card:
        order = next((o for o in facts.agent_orders if o.id == row.transfer_order_id), None)
        if order is not None and order.value_date > row.designated_date:
            yield f"commission {row.id} was paid on {order.value_date}, late"


async def _account_differs(world: World, facts: Facts) -> Iterable[str]:
    """The ward's account books what was ordered, and the ward's books have the same lines."""
    ordered = Counter(
        (o.value_date, o.remitter_code, o.amount_yen) for o in (*facts.orders, *facts.agent_orders)
    )
    booked = Counter(
        (b.value_date, b.remitter_code, b.amount_yen) for b in world.mesh.books.all_bookings()
    )
    rows = await world.rows(WARD_GATEWAY, select(ward.DEPOSITS))
    deposited = Counter((r.value_date, r.remitter_code, r.amount_yen) for r in rows)
    wrong = []
    if booked != ordered:
        wrong.append(f"booked and not ordered: {booked - ordered}; reverse: {ordered - booked}")
    if deposited != booked:
        wrong.append(f"at the ward and not booked: {deposited - booked}; {booked - deposited}")
    return wrong


async def _reports_differ(world: World, facts: Facts) -> Iterable[str]:
    """The ward has heard of every commission from the card agent, and of nothing else."""
    rows = await world.rows(WARD_GATEWAY, select(ward.COMMISSIONS))
    heard = Counter((row.commission_number, row.amount_yen, row.status) for row in rows)
    remitted, undone = 1, 3
    true = Counter(
        (row.commission_number, row.amount_yen, undone if row.undone_at else remitted)
        for row in facts.authorisations.values()
        if row.state in COMMISSION_STATES or row.undone_at
    )
    if heard == true:
        return []
    return [f"reported to the ward and not so: {heard - true}; not reported: {true - heard}"]


async def _ward_differs(world: World, facts: Facts) -> Iterable[str]:
    """The ward's receipts are the payers' payments, funded to the yen; every identity holds.

    What was taken back is named there once, and by nothing else.
    """
    found = await find(world.mesh.access, world.mesh.books, FISCAL_YEAR, world.today)
    statement = found.statement
    checked = {identity.name for identity in statement.identities}
    live = [r for r in found.receipts if r.phase != "cancelled"]
    wrong = [f"identity {i.name} does not hold" for i in statement.identities if not i.holds]
    if found.receipts:  # before the first one there is no channel to check
        wrong += [f"identity {name} was not checked" for name in IDENTITIES if name not in checked]
    wrong += [f"receipt {r.key} is {r.phase}" for r in live if r.phase != "funded"]
    wrong += [f"exception {e.code}: {e.detail}" for e in found.exceptions if e.code != TAKEN_BACK]
    undone = Counter((r.barcode, r.amount_yen) for r in facts.receipts if r.undone_at is not None)
    cancelled = Counter((r.key, int(r.amount_yen)) for r in found.receipts if r not in live)
    if cancelled != undone:
        wrong.append(f"cancelled at the ward: {cancelled - undone}; not: {undone - cancelled}")
    if sum(e.code == TAKEN_BACK for e in found.exceptions) != undone.total():
        wrong.append(f"{undone.total()} receipts were taken back, and the ward names others")
    figures = {
        "residual": int(statement.residual_yen),
        "lost": found.lost,
        "doubled": found.doubled,
        "unfunded": sum(int(r.amount_yen) - int(r.funded_yen) for r in live),
    }
    return wrong + [f"{name}: {value}" for name, value in figures.items() if value]


async def agree_at_any_moment(world: World) -> None:
    """Demand what may never be otherwise."""
    _demand_none(never_wrong(await read_facts(world)))


async def agree_when_settled(world: World) -> None:
    """Demand that the provider, the agent, the networks, the banks and the payers agree."""
    _demand_none(wrong_when_settled(await read_facts(world)))


async def agree_when_paid(world: World) -> None:
    """Demand that all of them, the ward and its bank agree to the yen."""
    _demand_none(await wrong_when_paid(world, await read_facts(world)))


async def walk_and_agree(world: World) -> None:
    """Walk on until all the money has arrived, and demand that everybody agrees."""
    await world.walk_until_all_is_paid()
    await agree_when_paid(world)


def _demand_none(wrong: list[str]) -> None:
    assert not wrong, "\n".join(wrong)
