"""What the provider asks the card agent on the leased line: authorise, settle, undo, compare,
collect reports.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from shared.kit.peer import PeerClient
from shared.wire.card_authorisations import (
    AUTHORISE_CARD,
    LIST_COMMISSIONS,
    SETTLE_AUTHORISATION,
    AuthorisationSettled,
    AuthoriseCard,
    CardAuthorised,
    CommissionListed,
    SettleAuthorisation,
)
from shared.wire.card_undoing import (
    REPORT_PAYMENTS,
    UNDO_AUTHORISATION,
    AuthorisationUndone,
    PaymentsReported,
    PaymentsTaken,
    UndoAuthorisation,
)
from shared.wire.file_collection import AT_CARD_AGENT, AcknowledgeFile, FileListed


class CardAgentClient:
    """One peer. Every question raises PeerNotDone, PeerRefused or PeerOutcomeUnknown."""

    def __init__(self, peer: PeerClient) -> None:
        """Take a ready client."""
        self.peer = peer

    async def authorise(self, question: AuthoriseCard) -> CardAuthorised:
        """Ask whether a card may pay; yes means that the commission was taken."""
        return await self.peer.ask(AUTHORISE_CARD, question)

    async def settle(
        self, authorisation_id: UUID, question: SettleAuthorisation
    ) -> AuthorisationSettled:
        """Make the agent answer for an id, or close it for ever."""
        return await self.peer.ask(
            SETTLE_AUTHORISATION, question, authorisation_id=authorisation_id
        )

    async def undo(
        self, authorisation_id: UUID, question: UndoAuthorisation
    ) -> AuthorisationUndone:
        """Ask to take a commission back; the same id again gets the same answer."""
        return await self.peer.ask(UNDO_AUTHORISATION, question, authorisation_id=authorisation_id)

    async def report_payments(
        self, day: date, revision: int, page: int, body: PaymentsReported
    ) -> PaymentsTaken:
        """Tell a page of a day's card payments; the same page again changes nothing."""
        return await self.peer.ask(
            REPORT_PAYMENTS, body, day=day.isoformat(), revision=revision, page=page
        )

    async def commissions_of_day(self, day: date) -> list[CommissionListed]:
        """Return every commission of a Tokyo day, page after page."""
        found: list[CommissionListed] = []
        query: dict[str, str | int] = {"day": day.isoformat()}
        while True:
            page = await self.peer.ask(LIST_COMMISSIONS, query=query)
            found += page.commissions
            if page.next_after is None:
                return found
            query["after"] = str(page.next_after)

    async def waiting_reports(self) -> tuple[FileListed, ...]:
        """Return the sealed reports that were not acknowledged yet."""
        return (await self.peer.ask(AT_CARD_AGENT.list_files)).files

    async def collect_report(self, file_id: UUID) -> bytes:
        """Return a sealed report's bytes."""
        return await self.peer.fetch(AT_CARD_AGENT.collect_file, file_id=file_id)

    async def acknowledge_report(self, file_id: UUID, sha256: str) -> None:
        """Say that a report has arrived and is kept."""
        receipt = AcknowledgeFile(file_id=file_id, sha256=sha256)
        await self.peer.ask(AT_CARD_AGENT.acknowledge_file, receipt, file_id=file_id)

    async def close(self) -> None:
        """Close the pool."""
        await self.peer.close()
