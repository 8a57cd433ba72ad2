"""operator -> card_agent and payment_provider: the books of the outside companies behind them.

The card networks' approvals and the payers' banks' debits, as those companies would show them; the
provider's account that lies between those banks and the municipalities; and a way to put a damaged
file in a good one's place. Sandbox only.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shared.kit.arrow import KIB, Arrow, Binary, NoBody, Wire
from shared.kit.money import PositiveYen, Yen
from shared.wire.file_collection import FileListed

OPERATOR = ("operator",)


class BookedOutside(Wire):
    """Money that an outside company has taken from a payer (premium only, yen).

    reference: the authorisation id (card networks) or the debit id (payers' banks).
    """

    reference: UUID
    municipality: str
    amount_yen: PositiveYen
    at: datetime


class OutsideBooks(Wire):
    """Every taking that still stands, by reference; next_after is None at the end."""

    lines: tuple[BookedOutside, ...]
    next_after: UUID | None


def _books(callee: str) -> Arrow[NoBody, OutsideBooks]:
    return Arrow(
        f"{callee}_outside_books",
        callee,
        "operator",
        "GET",
        "/sandbox/books",
        NoBody,
        OutsideBooks,
        OPERATOR,
        sandbox_only=True,
    )


CARD_NETWORK_BOOKS = _books("card_agent")
PAYERS_BANK_BOOKS = _books("payment_provider")


class CollectionAccount(Wire):
    """The provider's account for app-banking money, in yen, of all municipalities together.

    What payers' banks debited, less what they gave back, less what transfer orders paid in to
    municipalities, is its balance: the money on its way. Below 0 more left than came.
    """

    debited_yen: Yen
    given_back_yen: Yen
    paid_in_yen: Yen
    balance_yen: Yen


COLLECTION_ACCOUNT = Arrow(
    "collection_account",
    "payment_provider",
    "operator",
    "GET",
    "/sandbox/collection-account",
    NoBody,
    CollectionAccount,
    OPERATOR,
    sandbox_only=True,
)


class WaitingFiles(Wire):
    """Files that nobody has acknowledged yet."""

    files: tuple[FileListed, ...]


WAITING_FILES = Arrow(
    "waiting_files",
    "payment_provider",
    "operator",
    "GET",
    "/sandbox/files",
    NoBody,
    WaitingFiles,
    OPERATOR,
    sandbox_only=True,
)
READ_WAITING_FILE = Arrow(
    "read_waiting_file",
    "payment_provider",
    "operator",
    "GET",
    "/sandbox/files/{file_id}",
    NoBody,
    Binary,
    OPERATOR,
    ("file_not_found",),
    sandbox_only=True,
)
REPLACE_WAITING_FILE = Arrow(
    "replace_waiting_file",
    "payment_provider",
    "operator",
    "PUT",
    "/sandbox/files/{file_id}",
    Binary,
    FileListed,
    OPERATOR,
    ("file_not_found",),
    body_limit_bytes=16 * KIB * KIB,
    sandbox_only=True,
)

ARROWS = (
    CARD_NETWORK_BOOKS,
    PAYERS_BANK_BOOKS,
    COLLECTION_ACCOUNT,
    WAITING_FILES,
    READ_WAITING_FILE,
    REPLACE_WAITING_FILE,
)
