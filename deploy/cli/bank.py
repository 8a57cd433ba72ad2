"""`mesh bank`: one bank of the Multi-Payment Network, at any centre that it can reach by a URL.

It has certificate, books and habit of its own, and needs no home; with a home it finds the centre.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.complaints import Complaint
from deploy.cli.console import OUT, say_json
from deploy.cli.options import HomeOption, JsonOption, home_of

if TYPE_CHECKING:
    from datetime import datetime

    from shared.kit.peer import PeerClient
    from simulation.bank_habits import Bank
    from simulation.banks import Banks, SlipKeys
    from simulation.books import Books, Taking

SLIP_KEYS = re.compile(r"([0-9]{5})/([0-9]{16,20})/([0-9]{4,6})/([0-9]{3})")


class Habit(StrEnum):
    """How a bank asks and tells (simulation/bank_habits.py)."""

    PATIENT = "patient"
    ASKS_TWICE = "asks-twice"
    NOTIFIES_LATE = "notifies-late"
    THRICE = "thrice"
    LOSES_ANSWER = "loses-answer"
    NEXT_BUSINESS_DAY = "next-business-day"
    IN_BULK = "in-bulk"


class Medium(StrEnum):
    """使用媒体: 01 ATM cash, 02 ATM account, 03 internet banking, 04 on a phone, 05 counter."""

    ATM_CASH = "01"
    ATM_ACCOUNT = "02"
    INTERNET_BANKING = "03"
    PHONE_BANKING = "04"
    COUNTER = "05"
    OTHER = "09"


CentreOption = Annotated[
    str | None, typer.Option("--centre", metavar="URL", help="The centre's MPN door.")
]
NameOption = Annotated[
    str | None, typer.Option("--server-name", help="The name that its certificate must bear.")
]
AuthorityOption = Annotated[
    Path | None, typer.Option("--authority", metavar="PEM", help="Who must have issued it.")
]
CertOption = Annotated[
    Path | None, typer.Option("--cert", metavar="PEM", help="The bank's own certificate.")
]
KeyOption = Annotated[Path | None, typer.Option("--key", metavar="PEM", help="Its private key.")]
BankOption = Annotated[
    str | None,
    typer.Option("--bank", metavar="CODE", help="Bank code; without it, the certificate's."),
]
BooksOption = Annotated[
    Path, typer.Option("--books", metavar="FILE", help="The bank's books; made if need be.")
]
HabitOption = Annotated[Habit, typer.Option("--habit", help="How it asks and tells.")]
MediumOption = Annotated[Medium, typer.Option("--medium", help="Where the payer stands.")]
PayOption = Annotated[
    str | None,
    typer.Option(
        "--pay",
        metavar="INSTITUTION/PAYMENT/CONFIRMATION/CATEGORY",
        help="Let a payer pay the slip with these keys.",
    ),
]
InquireOption = Annotated[
    bool, typer.Option("--inquire-only", help="With --pay: only ask what the keys stand for.")
]
PrintedOption = Annotated[
    int | None, typer.Option("--printed-yen", help="With --habit in-bulk: what the slip says.")
]
CancelOption = Annotated[
    str | None, typer.Option("--cancel", metavar="RECEIPT", help="Undo a taking of the same day.")
]
TellOption = Annotated[
    bool, typer.Option("--tell", help="Tell the centre what is due up to --at, and wasn't told.")
]
AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="INSTANT", help="The bank's business time; without it, now."),
]


def bank(
    books: BooksOption,
    home: HomeOption = None,
    *,
    centre: CentreOption = None,
    server_name: NameOption = None,
    authority: AuthorityOption = None,
    cert: CertOption = None,
    key: KeyOption = None,
    code: BankOption = None,
    habit: HabitOption = Habit.PATIENT,
    medium: MediumOption = Medium.ATM_CASH,
    pay: PayOption = None,
    inquire_only: InquireOption = False,
    printed_yen: PrintedOption = None,
    cancel: CancelOption = None,
    tell: TellOption = False,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Be a bank: take a slip's money and tell the centre, undo it, or tell what was held back.

    With --centre, --authority, --cert and --key it speaks to that centre and needs no home; without
    them, to the centre of the home, under the certificate of --bank. Money that it took and could
    not tell stands in its books, and --tell tells it again.

    Example: mesh bank --books bank.sqlite --bank 0001 --pay 13104/125011234567890024/7406/341
    """
    wanted = [name for name, given in (("pay", pay), ("cancel", cancel), ("tell", tell)) if given]
    if len(wanted) != 1:
        raise Complaint("one_action", "Exactly one of --pay, --cancel and --tell is needed")
    from deploy.cli.clock import instant_of
    from shared.kit.clock import machine_now

    there = _way(home, (centre, server_name, authority, cert, key), code)
    instant = instant_of(at, "--at") if at else machine_now()
    action = _Action(instant, pay, medium.value, cancel, printed_yen)
    shown = asyncio.run(_act(there, books, habit, action, inquire_only=inquire_only))
    if as_json:
        say_json(shown)
        return
    for line in shown:
        OUT.print(_line(line), highlight=False, markup=False, soft_wrap=True)


@dataclass(frozen=True)
class _Way:
    """A bank and its way to a centre."""

    code: str
    url: str
    server_name: str
    authority: Path
    cert: Path
    key: Path

    def connect(self, caller: str | None, service: str, door: str) -> PeerClient:
        """Return the client of the centre's MPN door; a bank knows no other."""
        from deploy.connections import TIMEOUTS
        from shared.kit.peer import PeerAddress, PeerClient
        from shared.kit.tls import OwnCertificate, client_context

        return PeerClient.over_tls(
            PeerAddress(self.url.rstrip("/"), self.server_name),
            client_context(self.authority, self.cert, self.key),
            TIMEOUTS,
            certificate=OwnCertificate.of(self.cert),
        )


@dataclass(frozen=True)
class _Action:
    """What the bank is asked to do, and when (its own business time)."""

    at: datetime
    pay: str | None
    medium: str
    cancel: str | None
    printed_yen: int | None


Given = tuple[str | None, str | None, Path | None, Path | None, Path | None]


def _way(home: Path | None, given: Given, code: str | None) -> _Way:
    from shared.wire.doors import LGWAN_ASP, door_place

    centre, server_name, authority, cert, key = given
    place = door_place(LGWAN_ASP, "mpn")
    name = server_name or place.server_name
    if centre is not None:
        if authority is None or cert is None or key is None:
            raise Complaint("way_incomplete", "--centre needs --authority, --cert and --key too")
        return _Way(code or _bank_in(cert), centre, name, authority, cert, key)
    from deploy.installation import Installation

    if code is None:
        raise Complaint("bank_unnamed", "Without --centre, --bank says which bank of the home")
    installation = Installation(home_of(home))
    files = installation.home.certificate(place.network, f"bank-{code}")
    if not files.certificate.exists():
        raise Complaint("bank_unknown", f"This home has no certificate of bank {code}")
    url = installation.address(place)
    found = installation.home.authority(place.network)
    return _Way(code, url, name, found, files.certificate, files.key)


def _bank_in(cert: Path) -> str:
    """Return the bank code that a certificate names."""
    from cryptography import x509

    from shared.kit.peer_names import UnreadableCallerError, bank_code_of, split_dns_name

    loaded = x509.load_pem_x509_certificate(cert.read_bytes())
    names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    try:
        (name,) = names.get_values_for_type(x509.DNSName)
        code = bank_code_of(split_dns_name(name)[0])
    except (ValueError, UnreadableCallerError):
        code = None
    if code is None:
        raise Complaint("bank_unnamed", f"{cert} is no bank's certificate; --bank names the bank")
    return code


def _keys(text: str) -> SlipKeys:
    from simulation.banks import SlipKeys

    found = SLIP_KEYS.fullmatch(text)
    if found is None:
        shape = "INSTITUTION/PAYMENT/CONFIRMATION/CATEGORY, digits only: 5/16-20/4-6/3"
        raise Complaint("keys_unreadable", f"{text} is not {shape}")
    return SlipKeys(*found.groups())


async def _act(
    way: _Way, books_file: Path, habit: Habit, action: _Action, *, inquire_only: bool
) -> list[dict[str, Any]]:
    from simulation.access import Access
    from simulation.bank_habits import HABITS, Bank
    from simulation.banks import Banks, Gathering
    from simulation.books import Books

    own = Bank(way.code, HABITS[habit.value])
    access, books = Access(way.connect, {}, ""), Books(books_file)
    banks = Banks(access, books, Gathering("", ""), {way.code: own})
    try:
        if action.pay is not None and inquire_only:
            return [await _ask(banks, own, _keys(action.pay), action)]
        if action.pay is not None:
            return [_shown(await _pay(banks, own, _keys(action.pay), action))]
        if action.cancel is not None:
            taking = _taking(books, own, action.cancel)
            await banks.cancel(taking)
            return [_shown(books.taking(own.code, taking.receipt_number))]
        return [_shown(taking) for taking in await banks.tell_due(action.at)]
    finally:
        books.close()
        await access.close()


async def _pay(banks: Banks, own: Bank, keys: SlipKeys, action: _Action) -> Taking:
    if own.habit.in_bulk and action.printed_yen is None:
        raise Complaint("yen_missing", "A counter takes what the slip says: --printed-yen")
    taking = await banks.pay(
        keys,
        bank_code=own.code,
        medium=action.medium,
        at=action.at,
        trace=f"{banks.books.allot_number(own.code):08d}",
        printed_yen=action.printed_yen,
    )
    return banks.books.taking(own.code, taking.receipt_number)


async def _ask(banks: Banks, own: Bank, keys: SlipKeys, action: _Action) -> dict[str, Any]:
    """Ask what keys stand for, and take nothing."""
    trace = f"{banks.books.allot_number(own.code):08d}"
    answer = await banks.inquire(keys, own.code, action.medium, action.at, trace)
    return {"bank": own.code, **answer.model_dump(mode="json", exclude_none=True)}


def _taking(books: Books, own: Bank, receipt_number: str) -> Taking:
    try:
        return books.taking(own.code, receipt_number)
    except LookupError:
        detail = f"The books of bank {own.code} have no receipt {receipt_number}"
        raise Complaint("receipt_unknown", detail) from None


def _shown(taking: Taking) -> dict[str, Any]:
    from shared.kit.clock import TOKYO

    return {
        "bank": taking.bank_code,
        "receipt_number": taking.receipt_number,
        "payment_number": taking.payment_number,
        "state": taking.state,
        "amount_yen": taking.amount_yen,
        "at": taking.at.astimezone(TOKYO).isoformat(),
    }


def _line(shown: dict[str, Any]) -> str:
    return "  ".join(f"{name} {value}" for name, value in shown.items())
