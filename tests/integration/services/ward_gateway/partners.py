"""Doubles of the provider and the centre at the wire: what a terminal sees of them, no more."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from fastapi import FastAPI, Request, Response

from shared.kit.clock import machine_now
from shared.kit.ids import new_id
from shared.kit.problems import problem_answer
from shared.kit.standard_arrows import LoggedIn, LogIn, WhoAmI
from shared.wire.billing_uploads import BillingFileState
from shared.wire.file_collection import (
    AcknowledgeFile,
    FileAcknowledged,
    FileListed,
    FilesListed,
)

_IDS = UUID("6f1c7d1e-0000-4000-8000-000000000000")
_NOON = datetime(2025, 6, 3, 3, 0, tzinfo=UTC)


@dataclass
class Partner:
    """Files that wait, files that were acknowledged, billing data that came."""

    password: str
    files: dict[UUID, tuple[FileListed, bytes]] = field(default_factory=dict)
    acknowledged: list[UUID] = field(default_factory=list)
    log_ins: list[str] = field(default_factory=list)
    billing: dict[int, bytes] = field(default_factory=dict)
    refuse_billing_with: str | None = None

    def offer(
        self, kind: str, sequence: int, content: bytes, count: int, total: int, /, **said: object
    ) -> UUID:
        """Let a file wait; said: what the list says differently from what is true."""
        file_id = uuid5(_IDS, f"{kind}/{sequence}/{len(self.files)}/{len(self.acknowledged)}")
        listed = {
            "file_id": file_id,
            "municipality": "131041",
            "kind": kind,
            "sequence": sequence,
            "record_count": count,
            "total_yen": total,
            "sha256": hashlib.sha256(content).hexdigest(),
            "size_bytes": len(content),
            "created_at": _NOON,
        }
        self.files[file_id] = (FileListed(**(listed | said)), content)
        return file_id

    def app(self) -> FastAPI:
        """Return the partner's door."""
        app = FastAPI()
        _mount_log_in(app, self)
        _mount_files(app, self)
        _mount_billing(app, self)
        return app


def _allowed(request: Request, purpose: str) -> bool:
    return request.headers.get("authorization") == f"Bearer token-for-{purpose}"


def _refused() -> Response:
    return problem_answer(401, "token_refused", "No.")


def _mount_log_in(app: FastAPI, partner: Partner) -> None:
    @app.get("/whoami")
    async def whoami() -> WhoAmI:
        return WhoAmI(
            caller="terminal",
            network="leased_line",
            organisation="partner",
            door="door",
            certificate_not_after=None,
        )

    @app.post("/sessions", status_code=201)
    async def post_session(body: LogIn) -> LoggedIn:
        assert (body.user_id, body.password) == ("terminal-01", partner.password)
        partner.log_ins.append(body.purpose)
        ends = machine_now() + timedelta(minutes=15)
        return LoggedIn(token=f"token-for-{body.purpose}", expires_at=ends)


def _mount_files(app: FastAPI, partner: Partner) -> None:
    @app.get("/files", response_model=None)
    async def get_files(request: Request) -> Response | FilesListed:
        if not _allowed(request, "session"):
            return _refused()
        waiting = [f for i, (f, _) in partner.files.items() if i not in partner.acknowledged]
        return FilesListed(files=tuple(waiting))

    @app.get("/files/{file_id}/content")
    async def get_content(request: Request, file_id: UUID) -> Response:
        if not _allowed(request, "reception"):
            return _refused()
        return Response(partner.files[file_id][1], media_type="application/octet-stream")

    @app.post("/files/{file_id}/acknowledgement", response_model=None)
    async def acknowledge(
        request: Request, file_id: UUID, body: AcknowledgeFile
    ) -> Response | FileAcknowledged:
        if not _allowed(request, "session"):
            return _refused()
        if hashlib.sha256(partner.files[file_id][1]).hexdigest() != body.sha256:
            return problem_answer(409, "file_hash_differs", "Another hash.")
        if file_id not in partner.acknowledged:
            partner.acknowledged.append(file_id)
        return FileAcknowledged(file_id=file_id, acknowledged_at=_NOON)


def _mount_billing(app: FastAPI, partner: Partner) -> None:
    def state(sequence: int) -> BillingFileState:
        content = partner.billing[sequence]
        return BillingFileState(
            institution_number="13104",
            file_sequence=sequence,
            state="accepted",
            sha256=hashlib.sha256(content).hexdigest(),
            record_count=1,
            total_yen=1,
            received_at=_NOON,
        )

    @app.post("/billing-files", status_code=201, response_model=None)
    async def upload(request: Request) -> Response | BillingFileState:
        if not _allowed(request, "session"):
            return _refused()
        if partner.refuse_billing_with:
            return problem_answer(409, partner.refuse_billing_with, "No.")
        content = await request.body()
        sequence = int(content[30:36])
        if partner.billing.setdefault(sequence, content) != content:
            return problem_answer(409, "file_sequence_reused", "Other bytes.")
        return state(sequence)

    @app.get("/billing-files/{institution_number}/{file_sequence}", response_model=None)
    async def read(
        request: Request, institution_number: str, file_sequence: int
    ) -> Response | BillingFileState:
        assert institution_number == "13104"
        if not _allowed(request, "session"):
            return _refused()
        if file_sequence not in partner.billing:
            return problem_answer(404, "file_not_found", "Never seen.")
        return state(file_sequence)


def fresh_password() -> str:
    """Return a password that nobody has written down."""
    return str(new_id())
