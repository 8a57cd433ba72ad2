"""What a request or a job of the centre may use: built once per process, nothing opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from services.lgwan_asp.domain.contracts import Contract, Contracts, load_contracts
from services.lgwan_asp.domain.refusals import InstitutionNotYours
from services.lgwan_asp.domain.slow_banks import GuessLimits
from services.lgwan_asp.settings import Settings
from services.lgwan_asp.store.tables import FOUNDATION
from services.lgwan_asp.store.telegram_statements import STATEMENTS
from services.lgwan_asp.store.telegrams import TelegramStore
from services.lgwan_asp.store.unit_of_work import OpenUnitOfWork, UnitOfWork
from services.lgwan_asp.usecases.slow_lane import SlowLane
from services.lgwan_asp.usecases.upload_slots import UploadSlots
from shared.kit.clock import Clock
from shared.kit.database import open_engine
from shared.kit.foundation import Foundation
from shared.kit.peer import PeerClient
from shared.kit.rounds import Rounds, open_rounds_engine
from shared.kit.tokens import TokenIssuer

SERVICE = "lgwan_asp"
UPLOADS_AT_ONCE = 2  # each holds its file in memory, and a connection


@dataclass(frozen=True)
class Resources:
    """The centre's means; it has no peers, so there is no client among them."""

    foundation: Foundation
    open_unit_of_work: OpenUnitOfWork
    telegrams: TelegramStore
    rounds: Rounds
    contracts: Contracts
    guess_limits: GuessLimits
    slow_lane: SlowLane
    sessions_kept_days: int
    upload_slots: UploadSlots
    preliminary_times: tuple[time, ...]
    files_kept_days: int

    @property
    def clock(self) -> Clock:
        """Return business time."""
        return self.foundation.clock

    def contract_of(self, municipality: str) -> Contract:
        """Return a municipality's contract; without one nothing here is its own."""
        contract = self.contracts.by_municipality.get(municipality)
        if contract is None:
            raise InstitutionNotYours
        return contract

    async def start(self) -> None:
        """Nothing is left behind by a dead process: every step is one transaction."""

    async def close(self) -> None:
        """Close rounds and engine, after every door has drained."""
        await self.rounds.close()
        await self.foundation.close()


def build_resources(
    settings: Settings,
    *,
    engine: AsyncEngine | None = None,
    clock: Clock | None = None,
    peer_clients: Mapping[str, PeerClient] | None = None,
) -> Resources:
    """Build the resources; tests hand in an engine and a clock. The centre asks no peer."""
    assert not peer_clients, "the centre has no peers"  # noqa: S101 - a bug of the caller
    url = settings.database_url.get_secret_value()
    database = engine or open_engine(url, pool_size=settings.database_pool_size)
    rounds = Rounds(engine or open_rounds_engine(url, statements=len(STATEMENTS)), database)
    business_clock = clock or settings.clock()
    foundation = Foundation(
        service=SERVICE,
        engine=database,
        clock=business_clock,
        tokens=TokenIssuer(SERVICE, settings.token_key()),
        tables=FOUNDATION,
        sandbox=settings.sandbox,
    )
    return Resources(
        foundation=foundation,
        open_unit_of_work=partial(UnitOfWork, database, business_clock, FOUNDATION.journal),
        telegrams=TelegramStore(rounds, business_clock),
        rounds=rounds,
        contracts=load_contracts(settings.contracts_file.read_text(encoding="utf-8")),
        guess_limits=GuessLimits(
            settings.wrong_numbers_max, settings.slow_after_wrong, settings.slow_share_percent
        ),
        slow_lane=SlowLane(settings.slow_seconds, settings.slow_at_once),
        sessions_kept_days=settings.sessions_kept_days,
        upload_slots=UploadSlots(UPLOADS_AT_ONCE),
        preliminary_times=settings.preliminary_times,
        files_kept_days=settings.files_kept_days,
    )
