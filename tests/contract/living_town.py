"""A small town in which some June days have passed: what right questions are about.

On the last morning files wait that nobody collects, and the two card books differ.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, SecretStr

from deploy.installation import MUNICIPALITY
from shared.kit.clock import tokyo_time
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.wire.card_authorisations import (
    AUTHORISE_CARD,
    AuthoriseCard,
)
from shared.wire.card_tokens import MAKE_CARD_TOKEN, MakeCardToken
from shared.wire.mobile_payments import (
    ACCEPT_TERMS,
    PAY_BY_BANK,
    PAY_BY_CARD,
    READ_TERMS,
    AcceptTerms,
    PayByBank,
    PayByCard,
    PaymentView,
)
from shared.wire.sandbox_remittances import PLAN_TROUBLE, PlanTrouble
from simulation.cards import GOOD_CARDS
from simulation.payers import PAYERS_BANK
from simulation.year_plan import Slip
from tests.contract.documented_doors import Right
from tests.journeys.small_town import SmallTown
from tests.support.mesh import TestMesh

OPERATOR, PROVIDER = "operator", "payment-provider"
CARD_DUE, DEFAULT_SEEN, LAST = date(2025, 6, 10), date(2025, 6, 11), date(2025, 6, 12)
CARD = GOOD_CARDS[0]


@dataclass
class Town:
    """A small town, and what happened in it that questions are about."""

    mesh: TestMesh
    town: SmallTown
    commissions: list[UUID] = field(default_factory=list)
    acceptance: UUID = field(default_factory=new_id)
    paid: list[Slip] = field(default_factory=list)

    @classmethod
    async def found(cls, mesh: TestMesh) -> Town:
        """Let the days pass to the morning on which everything can be asked."""
        one = cls(mesh, await SmallTown.found(mesh, households=24))
        one.paid.append(await one.town.pay("mobile_credit"))
        await one.town.pay("mobile_banking")
        late = PlanTrouble(
            municipality=MUNICIPALITY, value_date=CARD_DUE, kind="late", business_days=5
        )
        await mesh.access.operate(PLAN_TROUBLE, late)
        await one.accept_terms()
        one.commissions = [await one.commission_alone() for _ in range(3)]
        await one.town.live_to(tokyo_time(DEFAULT_SEEN, 21))
        await one.town.pay("mobile_credit")
        await one.town.pay("mobile_banking")
        await one.town.skip_to(tokyo_time(LAST, 10))
        await one.town.run("card_agent", "build_agent_reports")
        await one.town.run("payment_provider", "build_receipts_files")
        return one

    def slip(self) -> Slip:
        """Return a slip that nobody has paid."""
        return self.town.slips.pop(0)

    async def accept_terms(self) -> None:
        """Accept the terms in force, under the one id of everybody here."""
        app = self.mesh.access.at(None, ACCEPT_TERMS)
        version = (await app.ask(READ_TERMS)).version
        await app.ask(ACCEPT_TERMS, AcceptTerms(acceptance_id=self.acceptance, version=version))

    async def card_token(self, amount_yen: int) -> str:
        """Return a token for one purchase."""
        answer = await self.mesh.access.at(None, MAKE_CARD_TOKEN).ask(
            MAKE_CARD_TOKEN, card_of(amount_yen)
        )
        return answer.card_token

    async def authorising(self) -> AuthoriseCard:
        """Return the provider's question to the agent about a slip that nobody has paid."""
        slip = self.slip()
        return AuthoriseCard(
            authorisation_id=new_id(),
            municipality=MUNICIPALITY,
            barcode=slip.barcode or "",
            amount_yen=Yen(slip.amount_yen),
            fee_yen=Yen(0),
            card_token=await self.card_token(slip.amount_yen),
        )

    async def commission_alone(self) -> UUID:
        """Let the agent take a commission that stands in no book of the provider."""
        return (await self.commissioned()).authorisation_id

    async def commissioned(self) -> AuthoriseCard:
        """Let the agent authorise a card, and return what it was asked."""
        body = await self.authorising()
        await self.mesh.access.at(PROVIDER, AUTHORISE_CARD).ask(AUTHORISE_CARD, body)
        return body

    async def paying_by_card(self) -> PayByCard:
        """Return a payer's question with a card."""
        slip = self.slip()
        return PayByCard(
            payment_id=new_id(),
            barcode=slip.barcode or "",
            amount_yen=Yen(slip.amount_yen),
            card_token=await self.card_token(slip.amount_yen),
            terms_acceptance_id=self.acceptance,
        )

    def paying_by_bank(self) -> PayByBank:
        """Return a payer's question with a bank account."""
        slip = self.slip()
        return PayByBank(
            payment_id=new_id(),
            barcode=slip.barcode or "",
            amount_yen=Yen(slip.amount_yen),
            bank_code=PAYERS_BANK,
            terms_acceptance_id=self.acceptance,
        )

    async def at_bank(self) -> PaymentView:
        """Let a payer go to the bank, and stand there."""
        app = self.mesh.access.at(None, PAY_BY_BANK)
        return await app.ask(PAY_BY_BANK, self.paying_by_bank())

    async def paid_by_card(self) -> UUID:
        """Let a payer pay by card."""
        body = await self.paying_by_card()
        await self.mesh.access.at(None, PAY_BY_CARD).ask(PAY_BY_CARD, body)
        return body.payment_id

    async def difference(self, arrows: Any, place: int) -> str:
        """Return the id of an open difference, another for each place."""
        listed = await self.mesh.access.operate(arrows.list_differences, query={"state": "open"})
        return str(listed.differences[place].difference_id)


def card_of(amount_yen: int) -> MakeCardToken:
    """Return the question that buys a card token."""
    return MakeCardToken(
        municipality=MUNICIPALITY,
        amount_yen=Yen(amount_yen),
        card_number=SecretStr(CARD.number),
        expiry_year=CARD.expiry_year,
        expiry_month=CARD.expiry_month,
    )


Make = Callable[[Town], Awaitable[Right]]


def fixed(right: Right) -> Make:
    """Return the same question whatever happened."""

    async def make(_: Town) -> Right:
        return right

    return make


def as_json(body: BaseModel) -> Any:
    """Return a body as it goes over the wire."""
    return body.model_dump(mode="json")
