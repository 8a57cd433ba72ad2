"""Everything that the ward gateway holds while it lives, built once and without opening anything.

The keys of the contract end here: what goes on to use cases are functions that hold them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from services.ward_gateway.clients.lgwan_asp import LGWAN, LgwanTerminal
from services.ward_gateway.clients.payment_provider import LEASED_LINE, leased_line_terminal
from services.ward_gateway.clients.temporary_copies import TemporaryCopies
from services.ward_gateway.clients.terminals import Terminal, TerminalUser
from services.ward_gateway.domain.contracts import WardContract, load_contract
from services.ward_gateway.settings import Settings, TerminalSettings
from services.ward_gateway.store.tables import FOUNDATION
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.build_billing_file import Building, WriteBilling
from services.ward_gateway.usecases.collect_files import Reception, finish_leftovers
from services.ward_gateway.usecases.convert_receipts import ReadReceipts
from services.ward_gateway.usecases.issue_slips import Confirm
from services.ward_gateway.usecases.read_received_files import Readers, readers_of
from shared.files.billing import write_billing
from shared.files.centre_receipts import load_centre_receipts, read_centre_receipts
from shared.keys.payment_number import confirmation_number
from shared.kit.clock import Clock
from shared.kit.context import acting
from shared.kit.database import open_engine
from shared.kit.envelope import unseal
from shared.kit.foundation import Foundation
from shared.kit.ids import new_id
from shared.kit.jobs import job_lock
from shared.kit.logs import logger
from shared.kit.peer import PeerClient
from shared.kit.tokens import TokenIssuer

SERVICE = "ward_gateway"
COLLECT_JOBS = {LEASED_LINE: "collect_leased_line", LGWAN: "collect_lgwan"}


@dataclass(frozen=True)
class Resources:
    """What use cases are given; no field of it is a key."""

    foundation: Foundation
    open_unit_of_work: Callable[[], UnitOfWork]
    contract: WardContract
    leased_line: Terminal
    lgwan: LgwanTerminal
    readers: Readers
    read_centre_receipts: ReadReceipts
    confirm: Confirm
    write_billing: WriteBilling
    billing_changes: bool

    @property
    def clock(self) -> Clock:
        """Return business time."""
        return self.foundation.clock

    def reception(self, terminal: Terminal) -> Reception:
        """Return what collecting at one terminal needs."""
        town = self.contract.municipality
        return Reception(
            terminal,
            self.open_unit_of_work,
            self.readers,
            self.read_centre_receipts,
            self.clock,
            town,
        )

    def building(self, prepared_by: str) -> Building:
        """Return what making billing files needs, for the user who has them made."""
        return Building(
            self.open_unit_of_work, self.contract, self.write_billing, self.clock, prepared_by
        )

    async def start(self) -> None:
        """Finish what an earlier process left: orphaned copies, files on their way to the core.

        Whatever cannot be finished now is finished by the next run of the terminal's job.
        """
        for terminal in (self.leased_line, self.lgwan):
            job = COLLECT_JOBS[terminal.name]
            with acting(f"start:{job}", str(new_id())):
                try:
                    async with job_lock(self.foundation.engine, job):
                        await finish_leftovers(self.reception(terminal))
                except Exception:  # noqa: BLE001 - a start must not fail for a file
                    logger().exception("leftovers_not_finished", job=job)

    async def close(self) -> None:
        """Close both terminals' connections, then the engine."""
        await self.leased_line.close()
        await self.lgwan.close()
        await self.foundation.close()


def build_resources(
    settings: Settings,
    *,
    engine: AsyncEngine | None = None,
    clock: Clock | None = None,
    peer_clients: Mapping[str, PeerClient] | None = None,
) -> Resources:
    """Build everything, open nothing; peer_clients: by terminal, `leased_line` and `lgwan`."""
    clients = peer_clients or {}
    foundation = Foundation(
        service=SERVICE,
        engine=engine or _engine(settings),
        clock=clock or settings.clock(),
        tokens=TokenIssuer(SERVICE, settings.token_key()),
        tables=FOUNDATION,
        sandbox=settings.sandbox,
    )
    contract, keys = load_contract(settings.contracts_file.read_text("utf-8"))
    leased_line, lgwan = settings.leased_line_terminal, settings.lgwan_terminal
    return Resources(
        foundation=foundation,
        open_unit_of_work=partial(UnitOfWork, foundation.engine, foundation.clock),
        contract=contract,
        leased_line=leased_line_terminal(*_terminal(leased_line, clients.get(LEASED_LINE))),
        lgwan=LgwanTerminal(*_terminal(lgwan, clients.get(LGWAN))),
        readers=readers_of(
            contract,
            load_centre_receipts=partial(load_centre_receipts, key=keys.tamper),
            unseal=partial(unseal, private_jwk=_private_jwk(settings.sealing_key_file)),
        ),
        read_centre_receipts=partial(read_centre_receipts, key=keys.tamper),
        confirm=partial(
            confirmation_number, keys.confirmation, digits=contract.confirmation_digits
        ),
        write_billing=partial(write_billing, key=keys.tamper),
        billing_changes=settings.billing_changes,
    )


def _engine(settings: Settings) -> AsyncEngine:
    return open_engine(
        settings.database_url.get_secret_value(), pool_size=settings.database_pool_size
    )


def _terminal(
    settings: TerminalSettings, client: PeerClient | None
) -> tuple[PeerClient, TerminalUser, TemporaryCopies]:
    user = TerminalUser(settings.user_id, settings.password_file)
    return client or settings.peer.client(), user, TemporaryCopies(settings.copies_folder)


def _private_jwk(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded
