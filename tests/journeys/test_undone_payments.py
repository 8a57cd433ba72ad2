"""Card payments taken back, and a commission that nobody paid: the mesh ends with one story."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from shared.kit.clock import tokyo_time
from shared.kit.faults import Fault
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.wire.card_authorisations import AUTHORISE_CARD, AuthoriseCard
from shared.wire.card_tokens import MAKE_CARD_TOKEN, MakeCardToken
from shared.wire.differences import (
    AT_CARD_AGENT,
    AT_PROVIDER,
    UNDO_PAYMENT,
    ResolveDifference,
    UndoPayment,
)
from shared.wire.mobile_payments import (
    ACCEPT_TERMS,
    PAY_BY_CARD,
    READ_PAYMENT,
    READ_TERMS,
    AcceptTerms,
    PayByCard,
)
from shared.wire.sandbox_books import CARD_NETWORK_BOOKS
from simulation.cards import GOOD_CARDS
from simulation.day_plan import moments_between, move_clocks, run_moment
from simulation.rehearsal import FIRST_DAY, FISCAL_YEAR, make_and_import_ward
from simulation.verdict import find

CARD = GOOD_CARDS[0]


class Days:
    """The mesh's days, one call after another, with two of its households' slips."""

    def __init__(self, mesh: Any) -> None:
        self.mesh, self.access = mesh, mesh.access
        self.walk, self.at = mesh.rehearsal().walk(), tokyo_time(FIRST_DAY, 8)

    async def begin(self) -> list:
        await move_clocks(self.access, self.at)
        slips = await make_and_import_ward(self.access, seed=3, households=2)
        return sorted(slips, key=lambda slip: (slip.instalment, slip.notice_number))

    async def until(self, day: date, hour: int, minute: int = 0) -> None:
        """Run every moment that falls due on the way, and let all clocks stand there."""
        target = tokyo_time(day, hour, minute)
        for instant, moment in moments_between(self.at, target):
            await run_moment(self.access, self.walk.outside, instant, moment)
        await move_clocks(self.access, target)
        self.at = target

    async def token(self, town: str, amount_yen: int) -> str:
        body = MakeCardToken(
            municipality=town,
            amount_yen=Yen(amount_yen),
            card_number=SecretStr(CARD.number),
            expiry_year=CARD.expiry_year,
            expiry_month=CARD.expiry_month,
        )
        return (await self.access.at(None, MAKE_CARD_TOKEN).ask(MAKE_CARD_TOKEN, body)).card_token

    async def pay(self, slip: Any) -> UUID:
        amount, payment_id = int(slip.amount_yen), new_id()
        app = self.access.at(None, PAY_BY_CARD)
        terms = await app.ask(READ_TERMS)
        accepted = AcceptTerms(acceptance_id=new_id(), version=terms.version)
        await app.ask(ACCEPT_TERMS, accepted)
        body = PayByCard(
            payment_id=payment_id,
            barcode=slip.barcode,
            amount_yen=Yen(amount),
            card_token=await self.token(self.access.municipality, amount),
            terms_acceptance_id=accepted.acceptance_id,
        )
        view = await app.ask(PAY_BY_CARD, body)
        assert view.state == "accepted"
        return payment_id

    async def undo(self, payment_id: UUID) -> str:
        body = UndoPayment(fault="double_authorisation")
        return (await self.access.operate(UNDO_PAYMENT, body, payment_id=payment_id)).state

    async def state_of(self, payment_id: UUID) -> str:
        client = self.access.at(None, READ_PAYMENT)
        return (await client.ask(READ_PAYMENT, payment_id=payment_id)).state

    async def commission_alone(self, slip: Any) -> UUID:
        """Let the agent take a commission of which the provider's books know nothing."""
        amount, id_ = int(slip.amount_yen), new_id()
        body = AuthoriseCard(
            authorisation_id=id_,
            municipality=self.access.municipality,
            barcode=slip.barcode,
            amount_yen=Yen(amount),
            fee_yen=Yen(0),
            card_token=await self.token(self.access.municipality, amount),
        )
        client = self.mesh.network.client("payment-provider", "card_agent", "leased_line")
        await client.ask(AUTHORISE_CARD, body)
        return id_

    async def differences(self) -> list:
        found = []
        for arrows in (AT_PROVIDER, AT_CARD_AGENT):
            answer = await self.access.operate(arrows.list_differences, query={"state": "open"})
            found.append({each.authorisation_id: each for each in answer.differences})
        return found

    async def agree(self, as_of: date) -> Any:
        """Check that ward, networks and bank tell one story; return what the ward says."""
        findings = await find(self.access, self.mesh.books, FISCAL_YEAR, as_of)
        assert findings.statement.residual_yen == 0
        assert [i.name for i in findings.statement.identities if not i.holds] == []
        taken = (await self.access.operate(CARD_NETWORK_BOOKS)).lines
        live = [r for r in findings.receipts if r.phase != "cancelled"]
        assert Counter(int(line.amount_yen) for line in taken) == Counter(
            int(receipt.amount_yen) for receipt in live
        )
        return findings


async def test_undone_payments_leave_no_money_and_no_doubt_anywhere(mesh) -> None:
    days = Days(mesh)
    kept, same_day, next_day, lost, *_ = await days.begin()
    monday, tuesday = FIRST_DAY, date(2025, 6, 3)
    await days.until(monday, 12)
    await days.pay(kept)
    first = await days.pay(same_day)
    reported, silent = await days.pay(next_day), await days.pay(lost)
    assert await days.undo(first) == "undone"
    again = await days.pay(same_day)  # the same slip, the same day
    await days.until(tuesday, 9)  # the 01 of everything is at the ward
    assert await days.undo(reported) == "undone"
    faults = mesh.resources["card_agent"].foundation.faults
    faults.plan(Fault("undo_authorisation", "after"))  # done, and the answer is lost
    assert await days.undo(silent) == "undoing"
    assert await days.state_of(silent) == "accepted"
    await days.until(date(2025, 6, 16), 20)
    states = [await days.state_of(each) for each in (first, again, reported, silent)]
    assert states == ["undone", "accepted", "undone", "undone"]
    assert await days.differences() == [{}, {}]
    findings = await days.agree(date(2025, 6, 16))
    phases = Counter(receipt.phase for receipt in findings.receipts)
    assert phases == {"funded": 2, "cancelled": 3}
    assert {e.code for e in findings.exceptions} == {"preliminary_cancelled"}
    assert findings.statement.deposited_yen == int(kept.amount_yen) + int(same_day.amount_yen)


async def test_a_commission_without_a_payment_stands_on_both_sides_until_a_command_resolves_it(
    mesh,
) -> None:
    days = Days(mesh)
    kept, alone, *_ = await days.begin()
    await days.until(FIRST_DAY, 12)
    await days.pay(kept)
    id_ = await days.commission_alone(alone)
    await days.until(date(2025, 6, 3), 9)
    ours, theirs = await days.differences()
    assert {key: each.kind for key, each in ours.items()} == {id_: "missing_here"}
    assert {key: each.kind for key, each in theirs.items()} == {id_: "missing_there"}
    body = ResolveDifference(way="undo", document_number="2025-117")
    place = {"difference_id": ours[id_].difference_id}
    resolved = await days.access.operate(AT_PROVIDER.resolve_difference, body, **place)
    assert resolved.state == "resolved"
    assert [set(side) for side in await days.differences()] == [set(), {id_}]
    await days.until(date(2025, 6, 4), 9)  # the provider's next list
    assert await days.differences() == [{}, {}]
    await days.until(date(2025, 6, 10), 20)
    findings = await days.agree(date(2025, 6, 10))
    assert [receipt.phase for receipt in findings.receipts] == ["funded"]
    assert {e.code for e in findings.exceptions} == set()
