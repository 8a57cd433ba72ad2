"""What both dedicated terminals do: log in, list, collect, acknowledge (BOOKS §2.3).

Two log-ins, one of them for reception; both tokens are used again while they live.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, TypeVar
from uuid import UUID

from services.ward_gateway.clients.temporary_copies import TemporaryCopies
from shared.kit.arrow import Arrow
from shared.kit.clock import machine_now
from shared.kit.peer import PeerClient, PeerOutcomeUnknown
from shared.kit.standard_arrows import LoggedIn, LogIn
from shared.wire.file_collection import AcknowledgeFile, CollectionArrows, FileListed

Purpose = Literal["session", "reception"]
# A token that ends within this machine time is not used any more: it could end on the way.
_TOKEN_MARGIN = timedelta(seconds=20)

T = TypeVar("T")


@dataclass(frozen=True)
class TerminalUser:
    """As whom a terminal logs in; the password stays in its file until it is needed."""

    user_id: str
    password_file: Path


class Terminal:
    """One dedicated terminal of the ward, at one partner's door."""

    def __init__(
        self,
        name: str,
        peer: PeerClient,
        user: TerminalUser,
        copies: TemporaryCopies,
        *,
        log_in: Arrow[LogIn, LoggedIn],
        collection: CollectionArrows,
    ) -> None:
        """name: leased_line or lgwan; nothing is opened yet."""
        self.name, self.peer, self.copies = name, peer, copies
        self._user, self._log_in, self._collection = user, log_in, collection
        self._tokens: dict[Purpose, LoggedIn] = {}

    @property
    def user_id(self) -> str:
        """Return who is logged in at this terminal: written down when a file is handed over."""
        return self._user.user_id

    async def list_files(self) -> tuple[FileListed, ...]:
        """Return the files that wait for this ward, at most 100; raises PeerNotDone and its kin."""

        async def question(token: str) -> tuple[FileListed, ...]:
            return (await self.peer.ask(self._collection.list_files, token=token)).files

        return await self.signed_in("session", question)

    async def collect(self, file_id: UUID) -> bytes:
        """Return a file's bytes, asked with the log-in for reception."""

        async def question(token: str) -> bytes:
            arrow = self._collection.collect_file
            return await self.peer.fetch(arrow, token=token, file_id=file_id)

        return await self.signed_in("reception", question)

    async def acknowledge(self, file_id: UUID, sha256: str) -> None:
        """Say that a file arrived and was registered: id and hash, nothing else (BOOKS §1.3)."""
        note = AcknowledgeFile(file_id=file_id, sha256=sha256)

        async def question(token: str) -> None:
            arrow = self._collection.acknowledge_file
            await self.peer.ask(arrow, note, token=token, file_id=file_id)

        await self.signed_in("session", question)

    async def signed_in(self, purpose: Purpose, question: Callable[[str], Awaitable[T]]) -> T:
        """Ask with a living token; one that seems refused is forgotten: the next call logs in."""
        token = await self._token(purpose)
        try:
            return await question(token)
        except PeerOutcomeUnknown:
            self._tokens.pop(purpose, None)
            raise

    async def _token(self, purpose: Purpose) -> str:
        held = self._tokens.get(purpose)
        if held is None or held.expires_at - _TOKEN_MARGIN <= machine_now():
            held = await self._logged_in(purpose)
            self._tokens[purpose] = held
        return held.token

    async def _logged_in(self, purpose: Purpose) -> LoggedIn:
        password = await asyncio.to_thread(self._user.password_file.read_text, "utf-8")
        user_id = self._user.user_id
        body = LogIn(user_id=user_id, password=password.strip(), purpose=purpose)
        return await self.peer.ask(self._log_in, body)

    async def close(self) -> None:
        """Close the connections to the partner."""
        await self.peer.close()
