"""`mesh explain ID`: the moves of everything that an id or a key leads to, in all organisations."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.complaints import Complaint
from deploy.cli.console import say_json, say_lines
from deploy.cli.options import HomeOption, JsonOption, with_access

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploy.installation import Installation
    from shared.kit.standard_arrows import HistoryLine
    from simulation.access import Access
    from simulation.books import Books

IDS_FOLLOWED_MAX = 50
_PRINTED_KEY = re.compile(r"[0-9][0-9()\s\-]{15,70}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ANY_KEY = re.compile(r"[0-9A-Za-z_\-]{1,80}")
_BETWEEN_DIGITS = re.compile(r"[\s()\-]")
# At one instant of a frozen clock the organisations are shown in the order in which money moves.
ORDER = ("ward_gateway", "payment_provider", "card_agent", "lgwan_asp")

KeyArgument = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="A payment, slip or receipt: its id, barcode or payment number."
    ),
]


def explain(key: KeyArgument, home: HomeOption = None, *, as_json: JsonOption = False) -> None:
    """Tell the story of a payment, slip or receipt: every move of it, in every organisation.

    Asked at each operator door, which answers in sandbox mode only.

    Example: mesh explain 125011234567890024
    """

    async def work(_: Installation, access: Access, books: Books) -> list[HistoryLine]:
        return await story_of(access, books, bare(key))

    lines = with_access(home, work)
    if not lines:
        raise Complaint("nothing_known", "No organisation knows anything under this id or key")
    if as_json:
        say_json([line.model_dump(mode="json") for line in lines])
        return
    from shared.kit.clock import TOKYO

    heading = ("AT (TOKYO)", "ORGANISATION", "RECORD", "FROM", "TO", "EVENT", "ID")
    rows = [
        (
            f"{line.at.astimezone(TOKYO):%Y-%m-%d %H:%M:%S}",
            line.organisation,
            line.record,
            line.from_state or "-",
            line.to_state,
            line.event,
            line.id,
        )
        for line in lines
    ]
    say_lines(heading, rows)


async def story_of(access: Access, books: Books, key: str) -> list[HistoryLine]:
    """Ask everybody about a key and the others that its slip bears, then about every id named.

    One organisation's payment is another's authorisation: the second round finds it by its id.
    """
    keys = await _keys_beside(access, books, key)
    first = await _ask_all(access, keys)
    paid = (_key_of_payment(books, line.id) for line in first)
    printed = next((each for each in paid if each and each not in keys), None)
    if printed:
        keys += await _keys_beside(access, books, printed)
        first = await _ask_all(access, keys)
    ids = dict.fromkeys(line.id for line in first if line.id not in keys)
    return in_order([*first, *await _ask_all(access, list(ids)[:IDS_FOLLOWED_MAX])])


async def _keys_beside(access: Access, books: Books, key: str) -> list[str]:
    """Return the key and what else its slip is known by: nobody but the ward knows all of it."""
    from simulation.letters import read_slips

    printed = await _key_of_receipt(access, key) or _key_of_payment(books, key) or key
    keys = dict.fromkeys((key, printed))
    for slip in await read_slips(access, key=printed):
        known = (str(slip.slip_id), slip.barcode, slip.payment_number)
        keys |= dict.fromkeys(each for each in known if each)
    return list(keys)


async def _key_of_receipt(access: Access, key: str) -> str | None:
    """Return the barcode or payment number on a receipt of the ward."""
    from shared.wire.ward_intranet import LIST_RECEIPTS
    from simulation.verdict import read_all

    if not _UUID.fullmatch(key):
        return None
    receipts = await read_all(
        lambda query: access.staff_asks("clerk", LIST_RECEIPTS, query=query),
        lambda page: page.receipts,
    )
    return next((each.key for each in receipts if str(each.receipt_id) == key.lower()), None)


def _key_of_payment(books: Books, key: str) -> str | None:
    """Return the barcode that a payer noted beside a payment id."""
    from simulation.payers import OPEN

    notes = books.payments(*OPEN, "intended", "accepted", "declined", "abandoned")
    return next((note.barcode for note in notes if note.payment_id == key.lower()), None)


def bare(key: str) -> str:
    """Return an id as it is, and a printed key without its spaces and hyphens.

    What could be neither is the complaint malformed_key.
    """
    key = key.strip()
    if _PRINTED_KEY.fullmatch(key) and not _UUID.fullmatch(key):
        return _BETWEEN_DIGITS.sub("", key)
    if not _ANY_KEY.fullmatch(key):
        raise Complaint("malformed_key", "An id or a key consists of letters, digits and hyphens")
    return key


def in_order(lines: Iterable[HistoryLine]) -> list[HistoryLine]:
    """Return each move once, by time; at one instant by organisation, each in its own order."""
    once: dict[Any, HistoryLine] = {}
    for line in lines:
        once.setdefault(tuple(line.model_dump().values()), line)
    return sorted(once.values(), key=lambda line: (line.at, ORDER.index(line.organisation)))


async def _ask_all(access: Access, keys: list[str]) -> list[HistoryLine]:
    from shared.wire.doors import OPERATOR_ARROWS, SERVICES

    async def ask(service: str, key: str) -> tuple[HistoryLine, ...]:
        answer = await access.operate(OPERATOR_ARROWS[service].history, key=key)
        return answer.lines

    answers = await asyncio.gather(*(ask(s, key) for key in keys for s in SERVICES))
    return [line for answer in answers for line in answer]
