"""The leased-line terminal: it only receives, and only from the provider (BOOKS §1.3)."""

from __future__ import annotations

from services.ward_gateway.clients.temporary_copies import TemporaryCopies
from services.ward_gateway.clients.terminals import Terminal, TerminalUser
from shared.kit.peer import PeerClient
from shared.wire.doors import LOG_IN, WHOAMI
from shared.wire.file_collection import AT_PROVIDER

LEASED_LINE = "leased_line"
_DOOR = ("payment_provider", "leased_line")
WHOAMI_AT_PROVIDER = WHOAMI[_DOOR]


def leased_line_terminal(peer: PeerClient, user: TerminalUser, copies: TemporaryCopies) -> Terminal:
    """Build the terminal of the leased line; no upload function exists on it (BOOKS §2.3)."""
    return Terminal(LEASED_LINE, peer, user, copies, log_in=LOG_IN[_DOOR], collection=AT_PROVIDER)
