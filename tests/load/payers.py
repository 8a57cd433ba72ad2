"""Payers for a measurement: they bring cards and slips of their own, pay, and sort what they hear.

Tokens are made beforehand, through the card agent's door and under its limit per address.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from deploy.installation import COMPANY_CODE, MAKER_CODE, MUNICIPALITY
from shared.keys.barcode import barcode_of_free_use
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.wire.card_tokens import MAKE_CARD_TOKEN
from shared.wire.mobile_payments import ACCEPT_TERMS, PAY_BY_CARD
from tests.load.lines import Answer, Line, Listener, payer_address

AMOUNT_YEN = Yen(12_300)
LIMIT_DATE = date(2026, 3, 31)
TERMS_VERSION = "2020-1"
TOKENS_OF_AN_ADDRESS = 20
TOKEN_MAKERS = 8
PEOPLE = 500
"""They take turns in paying, so that nobody pays two slips at one moment."""
ACCEPTED, OVERLOADED = "accepted", "overloaded"
OVERLOADED_STATUSES = (429, 503)


def outcome_of(answer: Answer) -> str:
    """Name what a payer was told: accepted, overloaded, or anything else, which is an error.

    overloaded is a 429 or 503 with that code and a time to come back; nothing was recorded then.
    """
    try:
        told = answer.json()
    except ValueError:
        return f"error: status {answer.status}, not readable"
    if answer.status == PAY_BY_CARD.success and told.get("state") == ACCEPTED:
        return ACCEPTED
    code = told.get("code", told.get("state"))
    if answer.status in OVERLOADED_STATUSES and code == OVERLOADED and answer.retry_after > 0:
        return OVERLOADED
    return f"error: status {answer.status}, {code}, {told.get('reason', '')}"


def card_number(number: int) -> str:
    """Return the test card with that number: sixteen digits of VISA's range that pass Luhn."""
    body = f"49{number:013d}"
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(body)]
    total = sum(each - 9 if each > 9 else each for each in doubled)
    return f"{body}{-total % 10}"


def barcode(number: int) -> str:
    """Return the digits of the slip with that number."""
    return barcode_of_free_use(
        maker_code=MAKER_CODE,
        free_use=f"{COMPANY_CODE}{number:016d}",
        reissue=0,
        limit_date=LIMIT_DATE,
        amount_yen=AMOUNT_YEN,
    ).digits


@dataclass
class Tokens:
    """A stock of card tokens, each of another card; made through the card agent's payers' door."""

    there: Listener
    stock: deque[str] = field(default_factory=deque)
    made: int = 0
    _addresses: Iterator[int] = field(default_factory=lambda: itertools.count(1000))

    async def have(self, wanted: int, say: Callable[[str], None]) -> None:
        """Make tokens until so many are in stock: no more from one address than its limit lets."""
        missing = max(wanted - len(self.stock), 0)
        if missing:
            say(f"making {missing} card tokens")
        batches = -(-missing // TOKENS_OF_AN_ADDRESS)
        left = iter(range(batches))
        await asyncio.gather(*(self._maker(left) for _ in range(TOKEN_MAKERS)))

    async def _maker(self, batches: Iterator[int]) -> None:
        for _ in batches:
            line = await Line.open(self.there, payer_address(next(self._addresses)))
            for _ in range(TOKENS_OF_AN_ADDRESS):
                self.stock.append(await self._make(line))
            line.close()

    async def _make(self, line: Line) -> str:
        self.made += 1
        answer = await line.post(
            MAKE_CARD_TOKEN.path,
            {
                "municipality": MUNICIPALITY,
                "amount_yen": AMOUNT_YEN,
                "card_number": card_number(self.made),
                "expiry_year": 2030,
                "expiry_month": 12,
            },
        )
        if answer.status != MAKE_CARD_TOKEN.success:
            raise RuntimeError(f"no card token: {answer.status} {answer.body.decode()}")
        return str(answer.json()["card_token"])


@dataclass
class Payers:
    """Everybody who pays at one side; counts what each of them was told.

    tokens: None at the floor, which looks at none. to_come: outcomes that are not "accepted" keep
    their token: nothing was recorded.
    """

    there: Listener
    tokens: Tokens | None
    slips: Iterator[int]
    told: Counter[str] = field(default_factory=Counter)
    _terms: list[str] = field(default_factory=lambda: [str(new_id()) for _ in range(PEOPLE)])

    async def accept_terms(self) -> None:
        """Let each of so many people accept the terms of use once, for all payments of theirs."""
        if self.tokens is None:
            return
        line = await Line.open(self.there)
        for acceptance in self._terms:
            answer = await line.post(
                ACCEPT_TERMS.path, {"acceptance_id": acceptance, "version": TERMS_VERSION}
            )
            if answer.status != ACCEPT_TERMS.success:
                raise RuntimeError(f"terms not accepted: {answer.status} {answer.body.decode()}")
        line.close()

    @property
    def may_go_on(self) -> bool:
        """Say whether there is a token for one more payment."""
        return self.tokens is None or bool(self.tokens.stock)

    def body(self) -> dict[str, Any]:
        """Return the body of a new payment of another slip."""
        token = "t" * 32 if self.tokens is None else self.tokens.stock.popleft()
        slip = next(self.slips)
        return {
            "payment_id": str(new_id()),
            "barcode": barcode(slip),
            "amount_yen": AMOUNT_YEN,
            "card_token": token,
            "terms_acceptance_id": self._terms[slip % PEOPLE],
        }

    async def pay(self, line: Line, body: dict[str, Any]) -> tuple[str, int]:
        """Pay once; return what came of it, and after how many seconds to come back."""
        try:
            answer = await line.post(PAY_BY_CARD.path, body)
        except (OSError, EOFError) as error:
            outcome, retry_after = f"error: {type(error).__name__}", 0
        else:
            outcome, retry_after = outcome_of(answer), answer.retry_after
        if outcome == OVERLOADED and self.tokens is not None:
            self.tokens.stock.append(body["card_token"])
        self.told[outcome] += 1
        return outcome, retry_after
