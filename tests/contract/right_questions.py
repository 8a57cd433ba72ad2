"""A right question for every arrow of the doors of agent, provider, ward and operators.

Some June days have passed in a small town; on the last morning files wait that nobody collects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, SecretStr

from deploy.installation import BANKS, MUNICIPALITY, REMITTERS, STAFF, TERMINAL, TERMINAL_USER
from shared.files.keisansho import write_keisansho
from shared.files.pay_ins import Taken, pay_in_lines
from shared.keys.channels import Channel
from shared.keys.payment_number import PaymentNumber, SlipType
from shared.kit.clock import tokyo_time
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.standard_arrows import LogIn
from shared.wire import ward_intranet as ward
from shared.wire.card_authorisations import (
    AUTHORISE_CARD,
    LIST_COMMISSIONS,
    SETTLE_AUTHORISATION,
    AuthoriseCard,
)
from shared.wire.card_tokens import MAKE_CARD_TOKEN, MakeCardToken
from shared.wire.card_undoing import REPORT_PAYMENTS, UNDO_AUTHORISATION
from shared.wire.centre_operation import (
    CENTRE_DOWN,
    LIST_CENTRE_EXCEPTIONS,
    PLAN_OUTAGE,
    UNLOCK_KEY,
)
from shared.wire.differences import AT_CARD_AGENT, AT_PROVIDER, UNDO_PAYMENT
from shared.wire.doors import (
    LGWAN_ASP,
    LOG_IN,
    OPERATOR_ARROWS,
    PAYMENT_PROVIDER,
    SERVICES,
    WARD_GATEWAY,
    WHOAMI,
)
from shared.wire.fee_bills import LIST_FEE_BILLS, TAKE_FEE_BILL
from shared.wire.file_collection import AT_CARD_AGENT as AGENT_FILES
from shared.wire.file_collection import AT_PROVIDER as PROVIDER_FILES
from shared.wire.file_collection import CollectionArrows
from shared.wire.mobile_payments import (
    ACCEPT_TERMS,
    PAY_BY_BANK,
    PAY_BY_CARD,
    READ_PAYMENT,
    READ_SLIP,
    READ_TERMS,
    RETURN_FROM_BANK,
    AcceptTerms,
    PayByBank,
    PayByCard,
    PaymentView,
)
from shared.wire.pay_in_statements import TAKE_PAY_IN_STATEMENT
from shared.wire.payeasy import INQUIRE, Inquire
from shared.wire.sandbox_bank import DECIDE_AT_BANK
from shared.wire.sandbox_books import (
    CARD_NETWORK_BOOKS,
    COLLECTION_ACCOUNT,
    PAYERS_BANK_BOOKS,
    READ_WAITING_FILE,
    REPLACE_WAITING_FILE,
    WAITING_FILES,
)
from shared.wire.sandbox_remittances import CHARGE_BACK, PLAN_TROUBLE, PlanTrouble
from shared.wire.transfer_orders import FROM_CARD_AGENT, FROM_PROVIDER
from simulation.cards import GOOD_CARDS
from simulation.payers import PAYERS_BANK
from simulation.rehearsal import FISCAL_YEAR
from simulation.standard_system import make_ward
from simulation.year_plan import Slip
from tests.contract.documented_doors import Questions, Right
from tests.integration.services.ward_gateway.ward_rows import bank_file, line
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

    @classmethod
    async def found(cls, mesh: TestMesh) -> Town:
        """Let the days pass to the morning on which everything can be asked."""
        one = cls(mesh, await SmallTown.found(mesh, households=24))
        await one.town.pay("mobile_credit")
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


# The payers' doors.


async def read_slip(town: Town) -> Right:
    return Right(body={"barcode": town.slip().barcode})


async def accept_terms(town: Town) -> Right:
    version = (await town.mesh.access.at(None, READ_TERMS).ask(READ_TERMS)).version
    return Right(body={"acceptance_id": str(new_id()), "version": version})


async def pay_by_card(town: Town) -> Right:
    return Right(body=as_json(await town.paying_by_card()))


async def pay_by_bank(town: Town) -> Right:
    return Right(body=as_json(town.paying_by_bank()))


async def return_from_bank(town: Town) -> Right:
    return Right(path={"payment_id": str((await town.at_bank()).payment_id)})


async def read_payment(town: Town) -> Right:
    return Right(path={"payment_id": str(await town.paid_by_card())})


async def decide_at_bank(town: Town) -> Right:
    session = (await town.at_bank()).bank_session
    assert session is not None
    body = {"account_reference": "account-1", "decision": "approve"}
    return Right(path={"session": session.session}, body=body)


async def make_card_token(_: Town) -> Right:
    return Right(body=as_json(card_of(1000)))


# Files: the provider's for the wards, the agent's for the provider.


async def terminal_token(town: Town, purpose: str) -> str:
    arrow = LOG_IN[PAYMENT_PROVIDER, "leased_line"]
    body = LogIn(**terminal_login(town, purpose))
    return (await town.mesh.access.at(TERMINAL, arrow).ask(arrow, body)).token


def terminal_login(town: Town, purpose: str) -> dict[str, Any]:
    password = town.mesh.installation.password_of(PAYMENT_PROVIDER, TERMINAL_USER)
    return {"user_id": TERMINAL_USER, "password": password, "purpose": purpose}


async def log_in_terminal(town: Town) -> Right:
    return Right(TERMINAL, body=terminal_login(town, "session"))


async def _who(town: Town, arrows: CollectionArrows, purpose: str) -> tuple[str, str | None]:
    if arrows is AGENT_FILES:
        return PROVIDER, None
    return TERMINAL, await terminal_token(town, purpose)


async def _waiting(town: Town, arrows: CollectionArrows) -> tuple[str, str]:
    """Return id and hash of the oldest file that waits."""
    caller, token = await _who(town, arrows, "session")
    client = town.mesh.access.at(caller, arrows.list_files)
    file = (await client.ask(arrows.list_files, token=token)).files[0]
    return str(file.file_id), file.sha256


def listing(arrows: CollectionArrows) -> Make:
    async def make(town: Town) -> Right:
        return Right(*await _who(town, arrows, "session"))

    return make


def collecting(arrows: CollectionArrows) -> Make:
    async def make(town: Town) -> Right:
        file_id, _ = await _waiting(town, arrows)
        return Right(*await _who(town, arrows, "reception"), {"file_id": file_id})

    return make


def acknowledging(arrows: CollectionArrows) -> Make:
    async def make(town: Town) -> Right:
        file_id, sha256 = await _waiting(town, arrows)
        body = {"file_id": file_id, "sha256": sha256}
        who = await _who(town, arrows, "session")
        return Right(*who, {"file_id": file_id}, body=body)

    return make


def files(arrows: CollectionArrows) -> dict[str, Make]:
    return {
        arrows.list_files.name: listing(arrows),
        arrows.collect_file.name: collecting(arrows),
        arrows.acknowledge_file.name: acknowledging(arrows),
    }


# The agent's leased line.


async def authorise(town: Town) -> Right:
    return Right(PROVIDER, body=as_json(await town.authorising()))


async def settle(town: Town) -> Right:
    return await _about_a_commission(town, {})


async def undo_authorisation(town: Town) -> Right:
    return await _about_a_commission(town, {"fault": "answer_lost"})


async def _about_a_commission(town: Town, more: dict[str, str]) -> Right:
    asked = await town.commissioned()
    body = {"municipality": MUNICIPALITY, "amount_yen": int(asked.amount_yen)} | more
    return Right(PROVIDER, path={"authorisation_id": str(asked.authorisation_id)}, body=body)


async def report_payments(_: Town) -> Right:
    path = {"day": LAST.isoformat(), "revision": 1, "page": 1}
    return Right(PROVIDER, path=path, body={"payments": [], "is_last": True})


# The operators' doors.


async def undo_payment(town: Town) -> Right:
    path = {"payment_id": str(await town.paid_by_card())}
    return Right(OPERATOR, path=path, body={"fault": "answer_lost"})


def resolving(arrows: Any) -> Make:
    async def make(town: Town) -> Right:
        path = {"difference_id": await town.difference(arrows, 0)}
        return Right(OPERATOR, path=path, body={"way": "explained", "document_number": "R7-1"})

    return make


async def _waiting_at_operator(town: Town) -> str:
    return str((await town.mesh.access.operate(WAITING_FILES)).files[-1].file_id)


async def read_waiting_file(town: Town) -> Right:
    return Right(OPERATOR, path={"file_id": await _waiting_at_operator(town)})


async def replace_waiting_file(town: Town) -> Right:
    path = {"file_id": await _waiting_at_operator(town)}
    return Right(OPERATOR, path=path, body=b"no receipts file")


async def charge_back(town: Town) -> Right:
    return Right(OPERATOR, body={"authorisation_id": str(town.commissions[0])})


async def unlock_key(town: Town) -> Right:
    """Let somebody try wrong numbers until the centre locks the key for that bank."""
    keys = town.slip().keys
    telegram = Inquire(
        institution_number=keys.institution_number,
        payment_number=keys.payment_number,
        confirmation_number="0000" if keys.confirmation_number != "0000" else "0001",
        category=keys.category,
        bank_code=BANKS[0],
        branch_code="001",
        medium="01",
        trace_number="T1",
        requested_at=town.mesh.resources[LGWAN_ASP].clock.now(),
    )
    client = town.mesh.access.at(f"bank-{BANKS[0]}", INQUIRE)
    while (await client.ask(INQUIRE, telegram)).result != "12":
        pass
    named = telegram.model_dump(
        include={"institution_number", "payment_number", "category", "bank_code"}
    )
    more = {"reason": "payer_identified", "document_number": "R7-2"}
    return Right(OPERATOR, body=named | more, is_repeatable=False)


def operating(service: str) -> dict[str, Make]:
    """Return the questions that every operator asks."""
    arrows = OPERATOR_ARROWS[service]
    to_noon = {"instant": tokyo_time(LAST, 12).isoformat(), "mode": "frozen"}
    user = {
        "door": "leased_line",
        "municipality": MUNICIPALITY,
        "roles": ["terminal"],
        "password": "a-long-enough-password",
    }
    fault = {"arrow": "an_arrow_that_is_none", "moment": "before", "times": 1}
    asked = fixed(Right(OPERATOR))
    return {each.name: asked for each in arrows.all()} | {
        arrows.move_clock.name: fixed(Right(OPERATOR, body=to_noon, is_repeatable=False)),
        arrows.run_job.name: fixed(Right(OPERATOR, path={"name": A_JOB[service]})),
        arrows.run_jobs.name: fixed(Right(OPERATOR, body={"names": [A_JOB[service]]})),
        arrows.put_user.name: fixed(Right(OPERATOR, path={"user_id": "somebody"}, body=user)),
        arrows.history.name: fixed(Right(OPERATOR, path={"key": "no-record-has-this-key"})),
        arrows.plan_fault.name: fixed(Right(OPERATOR, body=fault)),
    }


A_JOB = {
    "card_agent": "settle_authorisations",
    "payment_provider": "settle_undos",
    "lgwan_asp": "build_preliminary_file",
    "ward_gateway": "reconcile",
}


# The ward's intranet.


async def staff(
    town: Town,
    role: str,
    *,
    body: Any = None,
    path: dict[str, Any] | None = None,
    query: dict[str, Any] | None = None,
) -> Right:
    """Return a question of a member of staff who has just logged in."""
    terminal, _ = STAFF[role]
    arrow = LOG_IN[WARD_GATEWAY, "intranet"]
    client = town.mesh.access.at(terminal, arrow)
    token = (await client.ask(arrow, LogIn(**staff_login(town, role)))).token
    return Right(terminal, token, path or {}, query or {}, body)


def staff_login(town: Town, role: str) -> dict[str, Any]:
    _, user = STAFF[role]
    password = town.mesh.installation.password_of(WARD_GATEWAY, user)
    return {"user_id": user, "password": password, "purpose": "session"}


def by(role: str, body: Any = None, query: dict[str, Any] | None = None) -> Make:
    async def make(town: Town) -> Right:
        return await staff(town, role, body=body, query=query)

    return make


def gathering_statement() -> bytes:
    """Return the 計算書 of a pay-in of the gathering branch."""
    number = PaymentNumber(SlipType.INSTALMENT, FISCAL_YEAR, 1, "000000001", 1).biller_number
    return write_keisansho(
        pay_in_lines(
            [Taken(date(2025, 6, 3), number, Yen(1000))],
            municipality=MUNICIPALITY,
            channel=Channel.PAYEASY,
            remitter_code=REMITTERS["payeasy"][0],
            paid_in_on=date(2025, 6, 5),
        )
    )


FEE_BILL = {
    "bill_number": "B-2025-06",
    "channel": "mobile_banking",
    "item_fee_yen": 55,
    "amount_yen": 55,
    "lines": [{"collected_month": "2025-06-01", "receipt_count": 1}],
}


async def log_in_staff(town: Town) -> Right:
    return Right(STAFF["clerk"][0], body=staff_login(town, "clerk"))


async def take_assessments(town: Town) -> Right:
    export = make_ward(9, 2, FISCAL_YEAR, first_notice=500)
    query = {
        "record_count": export.record_count,
        "total_yen": int(export.total_yen),
        "sha256": hashlib.sha256(export.content).hexdigest(),
    }
    return await staff(town, "system", body=export.content, query=query)


async def list_statement_lines(town: Town) -> Right:
    statement = await town.town.statement()
    return await staff(town, "clerk", path={"statement_id": str(statement.statement_id)})


async def decide_trustee(town: Town) -> Right:
    found = await town.town.open_exceptions()
    (number,) = (each.subject_id for each in found if each.code == "trustee_in_default")
    body = {"commission_number": number, "document_number": "R7-3", "decided_on": str(LAST)}
    return await staff(town, "supervisor", body=body)


PUBLIC = fixed(Right())
OUTAGE = {
    "municipality": MUNICIPALITY,
    "starts_at": tokyo_time(date(2025, 8, 1), 1).isoformat(),
    "ends_at": tokyo_time(date(2025, 8, 1), 2).isoformat(),
}
TROUBLE = {
    "municipality": MUNICIPALITY,
    "value_date": "2025-06-20",
    "kind": "short",
    "yen": 100,
}
MAKERS: dict[str, Make] = {
    WHOAMI["card_agent", "payers"].name: PUBLIC,
    WHOAMI["payment_provider", "payers"].name: PUBLIC,
    WHOAMI["card_agent", "leased_line"].name: fixed(Right(PROVIDER)),
    WHOAMI["payment_provider", "leased_line"].name: fixed(Right(TERMINAL)),
    WHOAMI["ward_gateway", "intranet"].name: fixed(Right(STAFF["clerk"][0])),
    LOG_IN["payment_provider", "leased_line"].name: log_in_terminal,
    LOG_IN["ward_gateway", "intranet"].name: log_in_staff,
    MAKE_CARD_TOKEN.name: make_card_token,
    READ_SLIP.name: read_slip,
    READ_TERMS.name: PUBLIC,
    ACCEPT_TERMS.name: accept_terms,
    PAY_BY_CARD.name: pay_by_card,
    PAY_BY_BANK.name: pay_by_bank,
    RETURN_FROM_BANK.name: return_from_bank,
    READ_PAYMENT.name: read_payment,
    DECIDE_AT_BANK.name: decide_at_bank,
    **files(PROVIDER_FILES),
    **files(AGENT_FILES),
    AUTHORISE_CARD.name: authorise,
    SETTLE_AUTHORISATION.name: settle,
    LIST_COMMISSIONS.name: fixed(
        Right(PROVIDER, query={"municipality": MUNICIPALITY, "day": "2025-06-03"})
    ),
    UNDO_AUTHORISATION.name: undo_authorisation,
    REPORT_PAYMENTS.name: report_payments,
    FROM_PROVIDER.name: fixed(Right("ward-bank", query={"value_date": "2025-06-10"})),
    FROM_CARD_AGENT.name: fixed(Right("ward-bank", query={"value_date": "2025-06-10"})),
    PAYERS_BANK_BOOKS.name: fixed(Right(OPERATOR)),
    CARD_NETWORK_BOOKS.name: fixed(Right(OPERATOR)),
    WAITING_FILES.name: fixed(Right(OPERATOR)),
    READ_WAITING_FILE.name: read_waiting_file,
    REPLACE_WAITING_FILE.name: replace_waiting_file,
    AT_PROVIDER.list_differences.name: fixed(Right(OPERATOR, query={"state": "open"})),
    AT_CARD_AGENT.list_differences.name: fixed(Right(OPERATOR, query={"state": "open"})),
    AT_PROVIDER.resolve_difference.name: resolving(AT_PROVIDER),
    AT_CARD_AGENT.resolve_difference.name: resolving(AT_CARD_AGENT),
    UNDO_PAYMENT.name: undo_payment,
    PLAN_TROUBLE.name: fixed(Right(OPERATOR, body=TROUBLE)),
    CHARGE_BACK.name: charge_back,
    UNLOCK_KEY.name: unlock_key,
    PLAN_OUTAGE.name: fixed(Right(OPERATOR, body=OUTAGE)),
    LIST_CENTRE_EXCEPTIONS.name: fixed(Right(OPERATOR)),
    CENTRE_DOWN.name: fixed(Right(OPERATOR, body={"down": False})),
    ward.TAKE_ASSESSMENTS.name: take_assessments,
    ward.ISSUE_SLIPS.name: by("clerk", {"fiscal_year": FISCAL_YEAR}),
    ward.LIST_SLIPS.name: by("clerk"),
    ward.TAKE_BANK_STATEMENT.name: by("treasury", bank_file(line(1, 1000, day=LAST))),
    TAKE_PAY_IN_STATEMENT.name: by("treasury", gathering_statement()),
    TAKE_FEE_BILL.name: by("clerk", FEE_BILL),
    LIST_FEE_BILLS.name: fixed(Right(OPERATOR)),
    COLLECTION_ACCOUNT.name: fixed(Right(OPERATOR)),
    ward.RECONCILE.name: by("treasury"),
    ward.LIST_RECEIPTS.name: by("clerk"),
    ward.LIST_EXCEPTIONS.name: by("clerk"),
    ward.LIST_INTAKES.name: by("clerk"),
    ward.MAKE_STATEMENT.name: by("clerk", {"fiscal_year": FISCAL_YEAR}),
    ward.LIST_STATEMENT_LINES.name: list_statement_lines,
    ward.DECIDE_TRUSTEE.name: decide_trustee,
    ward.LIST_DUNNING_HOLDS.name: by("clerk"),
    **{name: make for service in SERVICES for name, make in operating(service).items()},
}


def questions(town: Town) -> Questions:
    """Return the right questions, each to be made when its turn comes."""

    def bound(make: Make) -> Callable[[TestMesh], Awaitable[Right]]:
        async def ask(_: TestMesh) -> Right:
            return await make(town)

        return ask

    return {name: bound(make) for name, make in MAKERS.items()}
