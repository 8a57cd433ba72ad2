"""A provider with its doors open on the test network, a double of the card agent, and its
callers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest_asyncio
from sqlalchemy import select

from services.payment_provider.app import create_app
from services.payment_provider.clients.payers_bank import OpenBankSession
from services.payment_provider.domain.payments import Payment
from services.payment_provider.jobs.registry import JOBS
from services.payment_provider.resources import Resources, build_resources
from services.payment_provider.settings import Settings
from services.payment_provider.store.tables import RECEIPTS
from services.payment_provider.usecases.ask_in_time import Patience
from shared.kit.clock import MeshClock, tokyo_time
from shared.kit.ids import new_id
from shared.kit.jobs import run_job
from shared.kit.money import Yen
from shared.kit.peer import PeerClient
from shared.kit.peer_names import Network
from shared.kit.service_settings import DoorSettings, PeerSettings
from shared.kit.standard_arrows import LogIn, PutUser
from shared.wire.doors import LOG_IN, OPERATOR_ARROWS, PAYMENT_PROVIDER
from shared.wire.file_collection import AT_PROVIDER, AcknowledgeFile, FileListed
from shared.wire.mobile_payments import (
    ACCEPT_TERMS,
    PAY_BY_BANK,
    PAY_BY_CARD,
    READ_PAYMENT,
    READ_TERMS,
    RETURN_FROM_BANK,
    AcceptTerms,
    PayByBank,
    PayByCard,
    PaymentView,
)
from shared.wire.sandbox_bank import DECIDE_AT_BANK, DecideAtBank, DecidedAtBank
from shared.wire.sandbox_books import PAYERS_BANK_BOOKS, BookedOutside
from tests.integration.services.payment_provider.card_agent_double import CardAgentDouble
from tests.support.network import TestNetwork
from tests.unit.services.payment_provider.samples import WARD, contracts_text, terms_text

DOORS = ("payers", "leased_line", "operator")
PASSWORD = "a long enough password"
QUICK = Patience(tries=3, seconds=2.0, pause_seconds=0.001)


def settings(folder: Path, *, sandbox: bool = True) -> Settings:
    """Return settings whose doors are never opened: the network of the tests stands in for TLS."""
    (folder / "token.key").write_bytes(b"k" * 48)
    (folder / "contracts.json").write_text(contracts_text(), encoding="utf-8")
    (folder / "terms.json").write_text(terms_text(), encoding="utf-8")
    door = DoorSettings(
        host="127.0.0.1", port=1, certificate=folder / "c.pem", key=folder / "c.key"
    )
    return Settings(
        database_url="postgresql+asyncpg://nobody@nowhere/none",
        token_key_file=folder / "token.key",
        contracts_file=folder / "contracts.json",
        terms_file=folder / "terms.json",
        sandbox=sandbox,
        payers=door,
        leased_line=door,
        operator=door,
        card_agent=PeerSettings(
            url="https://card-agent.test", server_name="card-agent", authority=folder / "ca.pem"
        ),
    )


@dataclass
class Terminal:
    """A ward's leased-line terminal, logged in twice as the rules want."""

    client: PeerClient
    session: str = ""
    reception: str = ""

    async def files(self) -> list[FileListed]:
        """List what waits."""
        return list((await self.client.ask(AT_PROVIDER.list_files, token=self.session)).files)

    async def collect(self, file: FileListed) -> bytes:
        """Collect one file."""
        return await self.client.fetch(
            AT_PROVIDER.collect_file, token=self.reception, file_id=file.file_id
        )

    async def acknowledge(self, file: FileListed, sha256: str | None = None):
        """Acknowledge one file."""
        body = AcknowledgeFile(file_id=file.file_id, sha256=sha256 or file.sha256)
        arrow = AT_PROVIDER.acknowledge_file
        return await self.client.ask(arrow, body, token=self.session, file_id=file.file_id)


@dataclass
class Provider:
    """The provider under test, and everything around it."""

    resources: Resources
    net: TestNetwork
    agent: CardAgentDouble
    clock: MeshClock
    payer: PeerClient
    operator: PeerClient
    acceptances: dict[str, UUID] = field(default_factory=dict)

    def at(self, month: int, day: int, hour: int = 6, minute: int = 0, year: int = 2025) -> None:
        """Let business time stand at a Tokyo wall-clock time."""
        instant = tokyo_time(datetime(year, month, day, tzinfo=UTC).date(), hour, minute)
        self.clock.instant = instant

    async def accepted(self) -> UUID:
        """Accept the terms in force, under one id for each version, and return it."""
        terms = await self.payer.ask(READ_TERMS)
        id_ = self.acceptances.setdefault(terms.version, new_id())
        await self.payer.ask(ACCEPT_TERMS, AcceptTerms(acceptance_id=id_, version=terms.version))
        return id_

    async def by_card(
        self,
        barcode: str,
        *,
        id_: UUID | None = None,
        token: str = "tok",
        amount: int = 33_138,
        acceptance: UUID | None = None,
    ) -> PaymentView:
        """Pay by card."""
        body = PayByCard(
            payment_id=id_ or new_id(),
            barcode=barcode,
            amount_yen=Yen(amount),
            card_token=token,
            terms_acceptance_id=acceptance or await self.accepted(),
        )
        return await self.payer.ask(PAY_BY_CARD, body)

    async def to_bank(
        self,
        barcode: str,
        *,
        id_: UUID | None = None,
        amount: int = 33_138,
        bank: str = "0005",
        acceptance: UUID | None = None,
    ) -> PaymentView:
        """Begin a payment from a bank account: ask for a session."""
        body = PayByBank(
            payment_id=id_ or new_id(),
            barcode=barcode,
            amount_yen=Yen(amount),
            bank_code=bank,
            terms_acceptance_id=acceptance or await self.accepted(),
        )
        return await self.payer.ask(PAY_BY_BANK, body)

    async def decide(
        self, view: PaymentView, account: str = "A-1", decision: str = "approve"
    ) -> DecidedAtBank:
        """Decide at the bank's page, as the payer of a session."""
        assert view.bank_session is not None
        body = DecideAtBank(account_reference=account, decision=decision)
        return await self.payer.ask(DECIDE_AT_BANK, body, session=view.bank_session.session)

    async def back(self, payment_id: UUID) -> PaymentView:
        """Come back from the bank."""
        return await self.payer.ask(RETURN_FROM_BANK, payment_id=payment_id)

    async def by_bank(
        self, barcode: str, *, account: str = "A-1", amount: int = 33_138
    ) -> PaymentView:
        """Pay from a bank account, in its three steps; one that does not reach the bank ends."""
        view = await self.to_bank(barcode, amount=amount)
        if view.state != "at_bank":
            return view
        await self.decide(view, account)
        return await self.back(view.payment_id)

    async def bank_books(self) -> dict[UUID, BookedOutside]:
        """Return what the payers' banks have taken, by debit id."""
        answer = await self.operator.ask(PAYERS_BANK_BOOKS)
        return {line.reference: line for line in answer.lines}

    async def view(self, payment_id: UUID) -> PaymentView:
        """Read a payment at the payers' door."""
        return await self.payer.ask(READ_PAYMENT, payment_id=payment_id)

    async def stored(self, payment_id: UUID) -> Payment:
        """Return a payment as the books hold it."""
        async with self.resources.open_unit_of_work() as work:
            payment = await work.payments.find(payment_id)
        assert payment is not None
        return payment

    async def receipts(self) -> list:
        """Return every receipt row, by payment time and barcode."""
        query = select(RECEIPTS).order_by(RECEIPTS.c.paid_at, RECEIPTS.c.barcode)
        async with self.resources.foundation.engine.connect() as connection:
            return list((await connection.execute(query)).all())

    async def run(self, job: str) -> dict[str, int]:
        """Run a job, as the driver would."""
        engine = self.resources.foundation.engine
        return dict(await run_job(JOBS[job], self.resources, engine))

    async def terminal(self, municipality: str = WARD) -> Terminal:
        """Return a logged-in terminal of a ward."""
        user = f"terminal-of-{municipality}"
        body = PutUser(
            door="leased_line", municipality=municipality, roles=("terminal",), password=PASSWORD
        )
        arrows = OPERATOR_ARROWS[PAYMENT_PROVIDER]
        await self.operator.ask(arrows.put_user, body, user_id=user)
        client = self.net.client(
            f"ward-{municipality}-terminal-01", PAYMENT_PROVIDER, "leased_line"
        )
        log_in = LOG_IN[PAYMENT_PROVIDER, "leased_line"]
        tokens = [
            (
                await client.ask(log_in, LogIn(user_id=user, password=PASSWORD, purpose=purpose))
            ).token
            for purpose in ("session", "reception")
        ]
        return Terminal(client, *tokens)


def bank_question(debit_id: UUID, amount: int = 33_138, town: str = WARD) -> OpenBankSession:
    """Return the question with which the provider asks a bank for a session."""
    return OpenBankSession(
        debit_id=debit_id,
        municipality=town,
        bank_code="0005",
        amount_yen=Yen(amount),
        payee_kana="ﾍﾞｲﾌﾞﾘｯｼﾞｸ",
    )


async def open_provider(databases, clock, folder: Path, *, sandbox: bool = True) -> Provider:
    """Build a provider on a fresh database and open its doors on a network of its own."""
    net, agent = TestNetwork(), CardAgentDouble(clock)
    net.join_when_asked("card_agent", "leased_line", agent.app)
    to_agent = net.client("payment-provider", "card_agent", "leased_line")
    resources = build_resources(
        settings(folder, sandbox=sandbox),
        engine=await databases.engine(PAYMENT_PROVIDER),
        clock=clock,
        peer_clients={"card_agent": to_agent},
    )
    resources = replace(resources, patience=QUICK)
    for door in DOORS:
        net.join_when_asked(PAYMENT_PROVIDER, door, partial(create_app, resources, door))
    payer = net.client(None, PAYMENT_PROVIDER, "payers")
    operator = net.client("operator", PAYMENT_PROVIDER, "operator", Network.OPERATOR)
    return Provider(resources, net, agent, clock, payer, operator)


@pytest_asyncio.fixture
async def provider(databases, clock, tmp_path):
    """The provider in sandbox mode, on Monday 2 June 2025 at 10:00 in Tokyo."""
    made = await open_provider(databases, clock, tmp_path)
    yield made
    await made.resources.close()


@pytest_asyncio.fixture
async def live_provider(databases, clock, tmp_path):
    """The provider outside sandbox mode."""
    made = await open_provider(databases, clock, tmp_path, sandbox=False)
    yield made
    await made.resources.close()
