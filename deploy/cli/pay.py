"""`mesh pay`: one slip, paid as its payer would, through the same doors and into the same books."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.complaints import Complaint
from deploy.cli.console import OUT, say_json, yen
from deploy.cli.options import HomeOption, JsonOption, with_access

if TYPE_CHECKING:
    from datetime import datetime

    from deploy.installation import Installation
    from shared.wire.ward_intranet import SlipView
    from simulation.access import Access
    from simulation.books import Books
    from simulation.cards import TestCard
    from simulation.payers import Attempt

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_BETWEEN_DIGITS = re.compile(r"[\s()\-]")
ENDED_WELL = {"accepted", "being_confirmed", "at_bank"}


class Way(StrEnum):
    """How a slip can be paid."""

    MOBILE_CREDIT = "mobile-credit"
    MOBILE_BANKING = "mobile-banking"
    PAYEASY = "payeasy"


class Card(StrEnum):
    """Which of the sandbox's cards is used."""

    GOOD = "good"
    OVER_LIMIT = "over-limit"
    EXPIRED = "expired"


class AtBank(StrEnum):
    """What the payer does on the page of the bank."""

    APPROVE = "approve"
    REFUSE = "refuse"
    LEAVE = "leave"


SlipArgument = Annotated[
    str, typer.Argument(metavar="SLIP", help="Slip id, barcode or payment number.")
]
WayOption = Annotated[Way, typer.Option("--by", help="The channel.")]
CardOption = Annotated[Card, typer.Option("--card", help="For mobile-credit: which test card.")]
AtBankOption = Annotated[
    AtBank, typer.Option("--at-bank", help="For mobile-banking: what the payer does there.")
]


def pay(
    slip: SlipArgument,
    by: WayOption,
    home: HomeOption = None,
    *,
    card: CardOption = Card.GOOD,
    at_bank: AtBankOption = AtBank.APPROVE,
    as_json: JsonOption = False,
) -> None:
    """Pay a slip by card, from a bank account in the app, or by Pay-easy at a bank's ATM.

    Exit code 0 if the payment was accepted, is being confirmed or waits at the bank (`mesh clock
    advance` settles it), 1 if it was declined or refused.

    Example: mesh pay 125011234567890024 --by mobile-credit
    """

    async def work(_: Installation, access: Access, books: Books) -> dict[str, Any]:
        view = await find_slip(access, slip)
        at = await _clock_of(access, by)
        if by is Way.PAYEASY:
            return await pay_at_bank(access, books, view, at)
        used = _test_card(card) if by is Way.MOBILE_CREDIT else None
        return await _pay_by_app(access, books, view, _attempt(view, at, used, at_bank))

    paid = with_access(home, work)
    if as_json:
        say_json(paid)
    else:
        reason = f" ({paid['reason']})" if paid["reason"] else ""
        OUT.print(
            f"{paid['state']}{reason}: {yen(paid['amount_yen'])} yen by {paid['channel']}"
            f" at {paid['at']}\nmesh explain {paid['payment_id'] or paid['payment_number']}",
            highlight=False,
            soft_wrap=True,
        )
    raise typer.Exit(0 if paid["state"] in ENDED_WELL else 1)


async def find_slip(access: Access, text: str) -> SlipView:
    """Return the slip of an id, a barcode or a payment number; slip_not_found if there is none."""
    from simulation.letters import read_slips

    key = text.strip().lower() if _UUID.fullmatch(text.strip()) else _BETWEEN_DIGITS.sub("", text)
    found = await read_slips(access, key=key)
    if not found:
        detail = "The ward has no such slip; `mesh slips` lists what there is"
        raise Complaint("slip_not_found", detail)
    return found[0]


def _test_card(card: Card) -> TestCard:
    from simulation.cards import EXPIRED_CARD, GOOD_CARDS, OVER_LIMIT_CARD

    return {Card.GOOD: GOOD_CARDS[0], Card.OVER_LIMIT: OVER_LIMIT_CARD, Card.EXPIRED: EXPIRED_CARD}[
        card
    ]


async def _clock_of(access: Access, by: Way) -> datetime:
    """Return business time at the organisation that will date the payment."""
    from shared.wire.doors import LGWAN_ASP, OPERATOR_ARROWS, PAYMENT_PROVIDER

    asked = LGWAN_ASP if by is Way.PAYEASY else PAYMENT_PROVIDER
    return (await access.operate(OPERATOR_ARROWS[asked].read_clock)).now


def _tokyo(instant: datetime) -> str:
    from shared.kit.clock import TOKYO

    return instant.astimezone(TOKYO).isoformat()


def _attempt(slip: SlipView, at: datetime, card: TestCard | None, at_bank: AtBank) -> Attempt:
    from simulation.payers import Attempt

    if slip.barcode is None:
        raise Complaint("no_barcode", "This slip is over 300,000 yen: it can be paid by Pay-easy")
    return Attempt(slip.barcode, int(slip.amount_yen), at, card, at_bank.value)


async def _pay_by_app(
    access: Access, books: Books, slip: SlipView, attempt: Attempt
) -> dict[str, Any]:
    from simulation.payers import Payers

    view = await Payers(access, books).pay(attempt)
    return {
        "slip_id": str(slip.slip_id),
        "payment_number": slip.payment_number,
        "payment_id": str(view.payment_id),
        "channel": view.channel,
        "state": view.state,
        "reason": view.reason,
        "amount_yen": int(view.amount_yen),
        "fee_yen": int(view.fee_yen),
        "at": _tokyo(view.paid_at or attempt.at),
    }


async def pay_at_bank(access: Access, books: Books, slip: SlipView, at: datetime) -> dict[str, Any]:
    """Pay a slip with cash at the first bank's machine; return what the command shows."""
    from deploy.installation import BANKS, REMITTERS
    from simulation.banks import ATM_CASH, Banks, Gathering
    from simulation.letters import in_hand

    banks = Banks(access, books, Gathering(*REMITTERS["payeasy"]))
    # What an earlier command took for this slip, and died before the centre heard of it, is told
    # first: the money is in the bank's books, and must not be taken again.
    told = await banks.tell_due(at, payment_number=slip.payment_number)
    taking = next((earlier for earlier in told if earlier.state == "taken"), None)
    if taking is None:
        taking = await banks.pay(
            in_hand(slip).keys,
            bank_code=BANKS[0],
            medium=ATM_CASH,
            at=at,
            trace=f"{books.allot_number(BANKS[0]):08d}",
        )
    return {
        "slip_id": str(slip.slip_id),
        "payment_number": slip.payment_number,
        "payment_id": None,
        "channel": "payeasy",
        "state": "accepted",
        "reason": None,
        "amount_yen": taking.amount_yen,
        "fee_yen": 0,
        "at": _tokyo(taking.at),
    }
