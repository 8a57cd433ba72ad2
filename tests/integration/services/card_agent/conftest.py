"""A card agent with two municipalities on a fresh database, its doors in the test network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest_asyncio
from joserfc.jwk import ECKey
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.card_agent.app import create_app
from services.card_agent.jobs.registry import JOBS
from services.card_agent.resources import Resources, build_resources
from services.card_agent.settings import Settings
from shared.files.nofu_jutaku_hokoku import Commission, load_nofu_jutaku_hokoku
from shared.keys.barcode import Barcode
from shared.kit.clock import ClockMode, MeshClock
from shared.kit.envelope import unseal
from shared.kit.ids import new_id
from shared.kit.jobs import run_job
from shared.kit.money import Yen
from shared.kit.peer import PeerClient
from shared.kit.peer_names import Network
from shared.kit.service_settings import DoorSettings
from shared.wire.card_authorisations import (
    AUTHORISE_CARD,
    SETTLE_AUTHORISATION,
    AuthorisationSettled,
    AuthoriseCard,
    CardAuthorised,
    SettleAuthorisation,
)
from shared.wire.card_tokens import MAKE_CARD_TOKEN, CardToken, MakeCardToken
from shared.wire.file_collection import AGENT_REPORT, AT_CARD_AGENT, FileListed
from shared.wire.transfer_orders import FROM_CARD_AGENT, TransferOrder
from tests.support.network import TestNetwork

TOWN, OTHER_TOWN = "131041", "131130"
REMITTERS = {TOWN: "0000900201", OTHER_TOWN: "0000900202"}
GOOD_CARD = "4111111111111111"


def barcode(number: int = 1, amount_yen: int = 33_138) -> str:
    """Return the barcode of an invented slip."""
    slip = Barcode(
        maker_code="912345",
        company_code="00001",
        biller_number=f"1250112345{number:06d}",
        reissue=0,
        limit_date=date(2026, 5, 15),
        stamp_flag=0,
        amount_yen=Yen(amount_yen),
    )
    return slip.digits


def _door(port: int) -> DoorSettings:
    return DoorSettings(host="localhost", port=port, certificate=Path("c"), key=Path("k"))


@dataclass
class CardAgent:
    """The card agent in this process, as its callers see it."""

    settings: Settings
    engine: AsyncEngine
    clock: MeshClock
    keys: Mapping[str, ECKey]
    resources: Resources
    net: TestNetwork = field(default_factory=TestNetwork)

    def open_doors(self) -> None:
        for door in ("payers", "leased_line", "operator"):
            self.net.join_when_asked("card_agent", door, partial(create_app, self.resources, door))

    def start_new_process(self, **changes: object) -> None:
        """Lose everything that was in memory; keep the database."""
        built = build_resources(self.settings, engine=self.engine, clock=self.clock)
        self.resources = replace(built, **changes)
        self.open_doors()

    @property
    def payer(self) -> PeerClient:
        return self.net.client(None, "card_agent", "payers", Network.PUBLIC)

    @property
    def provider(self) -> PeerClient:
        return self.net.client("payment-provider", "card_agent", "leased_line")

    def operator(self, name: str = "operator") -> PeerClient:
        return self.net.client(name, "card_agent", "operator", Network.OPERATOR)

    async def token(
        self, card: str = GOOD_CARD, *, amount_yen: int = 33_138, town: str = TOWN, year: int = 2029
    ) -> CardToken:
        body = MakeCardToken(
            municipality=town,
            amount_yen=Yen(amount_yen),
            card_number=SecretStr(card),
            expiry_year=year,
            expiry_month=12,
        )
        return await self.payer.ask(MAKE_CARD_TOKEN, body)

    async def question(
        self,
        card: str = GOOD_CARD,
        *,
        slip: int = 1,
        amount_yen: int = 33_138,
        town: str = TOWN,
        fee_yen: int = 385,
    ) -> AuthoriseCard:
        token = await self.token(card, amount_yen=amount_yen, town=town)
        return AuthoriseCard(
            authorisation_id=new_id(),
            municipality=town,
            barcode=barcode(slip, amount_yen),
            amount_yen=Yen(amount_yen),
            fee_yen=Yen(fee_yen),
            card_token=token.card_token,
        )

    async def authorise(self, question: AuthoriseCard) -> CardAuthorised:
        return await self.provider.ask(AUTHORISE_CARD, question)

    async def settle(
        self, authorisation_id: UUID, *, amount_yen: int = 33_138, town: str = TOWN
    ) -> AuthorisationSettled:
        body = SettleAuthorisation(municipality=town, amount_yen=Yen(amount_yen))
        return await self.provider.ask(
            SETTLE_AUTHORISATION, body, authorisation_id=authorisation_id
        )

    async def run(self, job: str) -> Mapping[str, int]:
        return await run_job(JOBS[job], self.resources, self.engine)

    def move_to(self, instant: datetime) -> None:
        self.clock.take(instant, ClockMode.FROZEN, instant)

    async def files(self, kind: str = AGENT_REPORT) -> tuple[FileListed, ...]:
        listed = (await self.provider.ask(AT_CARD_AGENT.list_files)).files
        return tuple(file for file in listed if file.kind == kind)

    async def opened(self, file: FileListed) -> bytes:
        """Collect a sealed file and open it with the key of the ward that it is for."""
        sealed = await self.provider.fetch(AT_CARD_AGENT.collect_file, file_id=file.file_id)
        return unseal(sealed, self.keys[file.municipality].as_dict(private=True))

    async def report(self, file: FileListed) -> list[Commission]:
        """Read a sealed report with the key of the ward that it is for."""
        loaded = load_nofu_jutaku_hokoku([await self.opened(file)])
        assert loaded.problems == []
        return loaded.records

    async def orders(self, day: date) -> tuple[TransferOrder, ...]:
        query = {"value_date": day.isoformat()}
        return (await self.operator("ward-bank").ask(FROM_CARD_AGENT, query=query)).orders

    async def column(self, query: str) -> list[object]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(text(query))).scalars())


def _contracts(keys: Mapping[str, ECKey]) -> str:
    return json.dumps(
        [
            {
                "municipality": town,
                "agent_id": "0001",
                "remitter_code": REMITTERS[town],
                "remitter_name_kana": "ｶ-ﾄﾞﾀﾞｲｺｳ",
                "designated_dates": {"rule": "per_day", "business_days": 5},
                "trustee_from": "2022-01-04",
                "ward_public_jwk": keys[town].as_dict(private=False),
            }
            for town in (TOWN, OTHER_TOWN)
        ]
    )


@pytest_asyncio.fixture
async def agent(databases, clock, tmp_path):
    """The card agent; its municipalities TOWN and OTHER_TOWN have keys of their own."""
    keys = {town: ECKey.generate_key("P-256") for town in (TOWN, OTHER_TOWN)}
    (tmp_path / "contracts.json").write_text(_contracts(keys), encoding="utf-8")
    (tmp_path / "token.key").write_bytes(b"t" * 32)
    (tmp_path / "card-hmac.key").write_bytes(b"h" * 32)
    settings = Settings(
        database_url=SecretStr("postgresql+asyncpg://unused"),
        token_key_file=tmp_path / "token.key",
        contracts_file=tmp_path / "contracts.json",
        card_hmac_key_file=tmp_path / "card-hmac.key",
        sandbox=True,
        payers=_door(9120),
        leased_line=_door(9121),
        operator=_door(9129),
        network_deadline_seconds=5,
        card_tokens_per_minute=600,
    )
    engine = await databases.engine("card_agent")
    resources = build_resources(settings, engine=engine, clock=clock)
    made = CardAgent(settings, engine, clock, keys, resources)
    made.open_doors()
    return made


STALE_AT_ONCE = {"asking_for": timedelta(0)}
"""A process whose asking rows count as unknown immediately: nobody waits in a test."""
