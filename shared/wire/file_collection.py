"""A terminal collects files: list, collect, acknowledge by file id and SHA-256 (BOOKS §2.3).

The same three questions at the provider (leased line), at the centre (LGWAN), and, for the sealed
report, from the provider at the card agent.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from shared.kit.arrow import Arrow, Binary, NoBody, Wire
from shared.kit.money import Yen

LEASED_LINE_TERMINALS = LGWAN_TERMINALS = ("ward-??????-terminal-??",)

RECEIPTS_MOBILE_BANKING = "receipts_mobile_banking"
RECEIPTS_MOBILE_CREDIT = "receipts_mobile_credit"
AGENT_REPORT = "agent_report"
PAY_IN_STATEMENT = "pay_in_statement"
AGENT_PAY_IN_STATEMENT = "agent_pay_in_statement"
SEALED = frozenset({AGENT_REPORT, AGENT_PAY_IN_STATEMENT})
"""Kinds that the provider carries and cannot read (BOOKS §1.3)."""
RECEIPTS_PAYEASY = "receipts_payeasy"
BILLING_RESULT = "billing_result"


class FileListed(Wire):
    """A file that waits; record_count and total_yen travel with it and are computed again."""

    file_id: UUID
    municipality: str
    kind: str
    sequence: int
    record_count: int
    total_yen: Yen
    sha256: str
    size_bytes: int
    created_at: datetime


class FilesListed(Wire):
    """The files that were not acknowledged yet, oldest first, at most 100."""

    files: tuple[FileListed, ...]


class AcknowledgeFile(Wire):
    """The file arrived and was registered: its id and hash, and nothing else (BOOKS §1.3)."""

    file_id: UUID
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class FileAcknowledged(Wire):
    """Noted; the same acknowledgement again gets the same answer.

    erase_on: the day on which the file is erased there, if its keeper names one.
    """

    file_id: UUID
    acknowledged_at: datetime
    erase_on: date | None = None


class CollectionArrows:
    """The three questions at one door."""

    def __init__(
        self,
        callee: str,
        door: str,
        callers: tuple[str, ...],
        *,
        log_in: bool,
        erases: bool = False,
    ) -> None:
        """log_in: whether a terminal's tokens are needed (a second one for reception).

        erases: whether an acknowledged file may be gone when it is asked for again.
        """
        at = (callee, door)
        self.list_files = Arrow(
            f"{callee}_list_files",
            *at,
            "GET",
            "/files",
            NoBody,
            FilesListed,
            callers,
            sign_in="session" if log_in else None,
        )
        self.collect_file = Arrow(
            f"{callee}_collect_file",
            *at,
            "GET",
            "/files/{file_id}/content",
            NoBody,
            Binary,
            callers,
            ("file_not_found", *(("file_erased",) if erases else ())),
            sign_in="reception" if log_in else None,
        )
        self.acknowledge_file = Arrow(
            f"{callee}_acknowledge_file",
            *at,
            "POST",
            "/files/{file_id}/acknowledgement",
            AcknowledgeFile,
            FileAcknowledged,
            callers,
            ("file_not_found", "file_hash_differs"),
            sign_in="session" if log_in else None,
        )
        self.all = (self.list_files, self.collect_file, self.acknowledge_file)


AT_PROVIDER = CollectionArrows(
    "payment_provider", "leased_line", LEASED_LINE_TERMINALS, log_in=True
)
AT_CENTRE = CollectionArrows("lgwan_asp", "lgwan", LGWAN_TERMINALS, log_in=True, erases=True)
AT_CARD_AGENT = CollectionArrows("card_agent", "leased_line", ("payment-provider",), log_in=False)

ARROWS = (*AT_PROVIDER.all, *AT_CENTRE.all, *AT_CARD_AGENT.all)
