"""Do the Pay-easy banks, the centre, the ward and its bank account agree to the yen?

Two sets of questions: what must hold once every bank has told what it took, and what must hold once
all files were collected and all the money has been paid over. Each question has two witnesses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from services.lgwan_asp.store import tables as centre
from services.lgwan_asp.store.unposted_tables import UNPOSTED_NOTIFICATIONS
from services.ward_gateway.store import tables as ward
from shared.wire.doors import LGWAN_ASP, WARD_GATEWAY
from simulation.books import Taking
from simulation.rehearsal import FISCAL_YEAR
from simulation.verdict import find
from tests.support.world import World

CANCELLED = frozenset({"CANCELLED", "CANCELLATION_REPORTED"})
BUSINESS_DAYS_TO_THE_MONEY = 4
"""速報 today, 確報 the next business day, the money two or three after the payment's."""
LASTING = {  # where a record may stand when nothing is under way, and which of its states those are
    ("billing_files", LGWAN_ASP): {"APPLIED"},
    ("outgoing_files", LGWAN_ASP): {"ACKNOWLEDGED"},
    ("receipts", LGWAN_ASP): {"CONFIRMED", "CANCELLATION_REPORTED"},
    ("billing_uploads", WARD_GATEWAY): {"ACCEPTED"},
    ("intakes", WARD_GATEWAY): {"ACKNOWLEDGED"},
    ("slips", WARD_GATEWAY): {"HELD"},
}
_TABLES = {LGWAN_ASP: centre.METADATA.tables, WARD_GATEWAY: ward.METADATA.tables}

Payment = tuple[str, str, str, int, bool]
"""(bank, receipt number, payment number, yen, cancelled)."""


@dataclass
class Facts:
    """What the banks' books and the centre's show, read while nobody moves."""

    takings: list[Taking]
    receipts: list[Any]
    bills: list[Any]
    unposted: list[Any]


async def read_facts(world: World) -> Facts:
    """Read both."""
    everything = ("intended", "taken", "unposted", "cancelled")
    return Facts(
        world.mesh.books.takings(*everything),
        list(await world.rows(LGWAN_ASP, select(centre.RECEIPTS))),
        list(await world.rows(LGWAN_ASP, select(centre.BILLS))),
        list(await world.rows(LGWAN_ASP, select(UNPOSTED_NOTIFICATIONS))),
    )


def wrong_when_told(facts: Facts) -> list[str]:
    """Name what may not be so once every bank has told what it took."""
    open_ones = [t for t in facts.takings if t.state in {"intended", "unposted"}]
    return [
        *(f"taking {t.receipt_number} of {t.bank_code} is {t.state}" for t in open_ones),
        *(f"unposted: {row.code} over {row.amount_yen} yen" for row in facts.unposted),
        *_differs("payments at banks and centre", _at_banks(facts), _at_centre(facts)),
    ]


def _at_banks(facts: Facts) -> Counter[Payment]:
    return Counter(
        (t.bank_code, t.receipt_number, t.payment_number, t.amount_yen, t.state == "cancelled")
        for t in facts.takings
    )


def _at_centre(facts: Facts) -> Counter[Payment]:
    return Counter(
        (r.bank_code, r.receipt_number, r.payment_number, r.amount_yen, r.state in CANCELLED)
        for r in facts.receipts
    )


def _differs(name: str, ours: Counter[Any], theirs: Counter[Any]) -> Iterable[str]:
    yield from (f"{name}: only the first has {each}" for each in (ours - theirs).elements())
    yield from (f"{name}: only the second has {each}" for each in (theirs - ours).elements())


async def wrong_when_paid(world: World, facts: Facts) -> list[str]:
    """Name what may not be so once files were collected and all the money has been paid over."""
    return [
        *wrong_when_told(facts),
        *await _under_way(world),
        *await _receipts_differ(world, facts),
        *await _money_differs(world, facts),
        *await _slips_differ(world, facts),
        *await _statement_differs(world),
    ]


async def _under_way(world: World) -> list[str]:
    """Nothing waits for an answer, a file or a job any more."""
    found = []
    for (name, service), lasting in LASTING.items():
        table = _TABLES[service][name]
        query = select(table.c.id, table.c.state).where(table.c.state.not_in(lasting))
        rows = await world.rows(service, query)
        found += [f"{service}: {name} {row.id} is still {row.state}" for row in rows]
    return found


async def _receipts_differ(world: World, facts: Facts) -> Iterable[str]:
    rows = await world.rows(WARD_GATEWAY, select(ward.RECEIPTS))
    at_ward = Counter(
        (r.bank_code, r.shop_code, r.key, r.amount_yen, r.state == "CANCELLED")
        for r in rows
        if r.channel == "payeasy"
    )
    return _differs("payments at centre and ward", _at_centre(facts), at_ward)


async def _money_differs(world: World, facts: Facts) -> Iterable[str]:
    """What banks took stands in the ward's account, and the ward has the same lines."""
    books = world.mesh.books
    booked = Counter((b.value_date, b.amount_yen) for b in books.all_bookings())
    rows = await world.rows(WARD_GATEWAY, select(ward.DEPOSITS))
    deposited = Counter((row.value_date, row.amount_yen) for row in rows)
    taken = sum(t.amount_yen for t in facts.takings if t.state == "taken")
    wrong = list(_differs("bookings and deposits", booked, deposited))
    if taken != sum(yen for _, yen in booked.elements()):
        wrong.append(f"banks took {taken} yen and paid over {booked}")
    return wrong


async def _slips_differ(world: World, facts: Facts) -> Iterable[str]:
    """Every slip of the ward stands at the centre as it was printed, and no other does."""
    rows = await world.rows(WARD_GATEWAY, select(ward.SLIPS))
    printed = Counter((r.payment_number, r.amount_yen, r.confirmation_number) for r in rows)
    held = Counter((b.payment_number, b.amount_yen, b.confirmation_number) for b in facts.bills)
    return _differs("slips and bills", printed, held)


async def _statement_differs(world: World) -> list[str]:
    """Nothing is lost or doubled; every yen lies in a heap; a clerk sees cancellations only."""
    found = await find(world.mesh.access, world.mesh.books, FISCAL_YEAR, world.today)
    figures = {
        "residual": int(found.statement.residual_yen),
        "lost": found.lost,
        "doubled": found.doubled,
    }
    wrong = [f"{name}: {value}" for name, value in figures.items() if value]
    wrong += [f"identity {i.name} does not hold" for i in found.statement.identities if not i.holds]
    # Days have gone by in this world: of a ward made now, an instalment may be past its last day.
    seen = Counter(e.code for e in found.exceptions if e.code != "slip_limit_passed")
    cancelled = len(world.mesh.books.takings("cancelled"))
    expected = Counter({"preliminary_cancelled": cancelled}) if cancelled else Counter()
    return wrong + list(_differs("exceptions", seen, expected))


async def agree_when_told(world: World) -> None:
    """Demand that banks and centre agree."""
    _demand_none(wrong_when_told(await read_facts(world)))


async def walk_until_paid_and_agree(world: World) -> None:
    """Walk on until all the money has arrived; demand that banks, centre, ward, account agree."""
    await world.walk_business_days(BUSINESS_DAYS_TO_THE_MONEY)
    _demand_none(await wrong_when_paid(world, await read_facts(world)))


def _demand_none(wrong: list[str]) -> None:
    assert not wrong, "\n".join(wrong)
