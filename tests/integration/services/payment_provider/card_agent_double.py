"""A card agent that stands at the wire: it remembers what it was asked, and answers as it is told
to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from shared.kit.calendar import japanese_banks
from shared.kit.clock import MeshClock, tokyo_date
from shared.wire.card_authorisations import (
    AuthorisationSettled,
    AuthoriseCard,
    CardAuthorised,
    CommissionListed,
    CommissionsListed,
    SettleAuthorisation,
)
from shared.wire.card_undoing import (
    AuthorisationUndone,
    PaymentsReported,
    PaymentsTaken,
    UndoAuthorisation,
)
from shared.wire.file_collection import (
    AcknowledgeFile,
    FileAcknowledged,
    FileListed,
    FilesListed,
)


def problem(code: str, status: int = 409) -> JSONResponse:
    """Return a problem answer."""
    return JSONResponse({"code": code, "detail": "No.", "status": status}, status)


@dataclass
class CardAgentDouble:
    """Authorises every card unless `refuse` names a code; commissions and reports are open to
    tests.
    """

    clock: MeshClock
    refuse: str | None = None
    broken: bool = False
    questions: list[AuthoriseCard] = field(default_factory=list)
    commissions: dict[UUID, tuple[AuthoriseCard, CardAuthorised]] = field(default_factory=dict)
    declined: dict[UUID, str] = field(default_factory=dict)
    closed: set[UUID] = field(default_factory=set)
    settled: list[UUID] = field(default_factory=list)
    reports: dict[UUID, tuple[FileListed, bytes]] = field(default_factory=dict)
    acknowledged: list[UUID] = field(default_factory=list)
    hidden: set[UUID] = field(default_factory=set)
    undone: dict[UUID, datetime] = field(default_factory=dict)
    undo_asked: list[UUID] = field(default_factory=list)
    refuse_undo: str | None = None
    lists: dict[tuple[date, int, int], PaymentsReported] = field(default_factory=dict)

    def authorise(self, body: AuthoriseCard) -> object:
        """Take a commission once, or refuse."""
        self.questions.append(body)
        if self.broken:
            return problem("internal_error", 500)
        if body.authorisation_id in self.closed:
            return problem("authorisation_closed")
        if self.refuse:
            self.declined[body.authorisation_id] = self.refuse
            return problem(self.refuse)
        at = self.clock.now()
        answer = CardAuthorised(
            authorisation_id=body.authorisation_id,
            commission_number=f"C{len(self.commissions) + 1}",
            approval_number="123456",
            brand="VISA",
            authorised_at=at,
            designated_date=japanese_banks().add(tokyo_date(at), 5),
        )
        return self.commissions.setdefault(body.authorisation_id, (body, answer))[1]

    def settle(self, authorisation_id: UUID, body: SettleAuthorisation) -> object:
        """Answer for the id, or close it for ever."""
        self.settled.append(authorisation_id)
        if self.broken:
            return problem("authorisation_being_confirmed", 503)
        if authorisation_id in self.undone:
            return AuthorisationSettled(authorisation_id=authorisation_id, outcome="closed")
        if authorisation_id in self.commissions:
            commission = self.commissions[authorisation_id][1]
            return AuthorisationSettled(
                authorisation_id=authorisation_id, outcome="authorised", commission=commission
            )
        if authorisation_id in self.declined:
            reason = self.declined[authorisation_id]
            return AuthorisationSettled(
                authorisation_id=authorisation_id, outcome="declined", reason=reason
            )
        self.closed.add(authorisation_id)
        return AuthorisationSettled(authorisation_id=authorisation_id, outcome="closed")

    def commissions_of(self, day: date, after: UUID | None) -> CommissionsListed:
        """List a day's commissions, one on a page, so that paging is always tried."""
        listed = sorted(
            (
                CommissionListed(
                    authorisation_id=answer.authorisation_id,
                    municipality=question.municipality,
                    amount_yen=question.amount_yen,
                    authorised_at=answer.authorised_at,
                    designated_date=answer.designated_date,
                )
                for question, answer in self.commissions.values()
                if tokyo_date(answer.authorised_at) == day
                and answer.authorisation_id not in self.hidden
                and answer.authorisation_id not in self.undone
            ),
            key=lambda line: line.authorisation_id,
        )
        rest = [line for line in listed if after is None or line.authorisation_id > after]
        next_after = rest[0].authorisation_id if len(rest) > 1 else None
        return CommissionsListed(commissions=tuple(rest[:1]), next_after=next_after)

    def undo(self, authorisation_id: UUID, body: UndoAuthorisation) -> object:
        """Take a commission back once, or refuse; the same id again gets the same answer."""
        self.undo_asked.append(authorisation_id)
        if self.broken:
            return problem("authorisation_being_confirmed", 503)
        if self.refuse_undo:
            return problem(self.refuse_undo)
        if authorisation_id not in self.commissions:
            return problem("authorisation_not_commissioned")
        if self.commissions[authorisation_id][0].amount_yen != body.amount_yen:
            return problem("authorisation_id_reused")
        at = self.undone.setdefault(authorisation_id, self.clock.now())
        return AuthorisationUndone(authorisation_id=authorisation_id, undone_at=at)

    def take_list(self, place: tuple[date, int, int], body: PaymentsReported) -> object:
        """Keep a page; another content in its place is refused."""
        if self.lists.setdefault(place, body) != body:
            return problem("payment_list_differs")
        return PaymentsTaken(payments=len(body.payments), differences=0)

    def acknowledge(self, file_id: UUID, at: datetime) -> FileAcknowledged:
        """Take a report off the list."""
        self.acknowledged.append(file_id)
        return FileAcknowledged(file_id=file_id, acknowledged_at=at)

    def app(self) -> FastAPI:
        """Return the leased-line door of this double."""
        api = FastAPI(openapi_url=None)

        async def post_authorisation(body: AuthoriseCard) -> object:
            return self.authorise(body)

        async def post_settlement(authorisation_id: UUID, body: SettleAuthorisation) -> object:
            return self.settle(authorisation_id, body)

        async def get_commissions(day: date, after: UUID | None = None) -> CommissionsListed:
            return self.commissions_of(day, after)

        async def post_undoing(authorisation_id: UUID, body: UndoAuthorisation) -> object:
            return self.undo(authorisation_id, body)

        async def put_list(day: date, revision: int, page: int, body: PaymentsReported) -> object:
            return self.take_list((day, revision, page), body)

        async def get_files() -> FilesListed:
            waiting = [f for i, (f, _) in self.reports.items() if i not in self.acknowledged]
            return FilesListed(files=tuple(waiting))

        async def get_content(file_id: UUID) -> Response:
            return Response(self.reports[file_id][1])

        async def post_acknowledgement(file_id: UUID, body: AcknowledgeFile) -> FileAcknowledged:
            return self.acknowledge(file_id, self.clock.now())

        routes: list[tuple[str, str, Callable[..., object], int]] = [
            ("POST", "/authorisations", post_authorisation, 201),
            ("POST", "/authorisations/{authorisation_id}/settlement", post_settlement, 200),
            ("POST", "/authorisations/{authorisation_id}/undoing", post_undoing, 200),
            ("PUT", "/payment-lists/{day}/{revision}/{page}", put_list, 200),
            ("GET", "/commissions", get_commissions, 200),
            ("GET", "/files", get_files, 200),
            ("GET", "/files/{file_id}/content", get_content, 200),
            ("POST", "/files/{file_id}/acknowledgement", post_acknowledgement, 200),
        ]
        for method, path, endpoint, status in routes:
            api.add_api_route(
                path, endpoint, methods=[method], status_code=status, response_model=None
            )
        return api
