"""The LGWAN terminal: it collects from the shared-use centre, and hands billing data in."""

from __future__ import annotations

from services.ward_gateway.clients.temporary_copies import TemporaryCopies
from services.ward_gateway.clients.terminals import Terminal, TerminalUser
from shared.kit.peer import PeerClient
from shared.wire.billing_uploads import READ_BILLING_FILE, UPLOAD_BILLING, BillingFileState
from shared.wire.doors import LOG_IN, WHOAMI
from shared.wire.file_collection import AT_CENTRE

LGWAN = "lgwan"
_DOOR = ("lgwan_asp", "lgwan")
WHOAMI_AT_CENTRE = WHOAMI[_DOOR]


class LgwanTerminal(Terminal):
    """The terminal at the centre's LGWAN door."""

    def __init__(self, peer: PeerClient, user: TerminalUser, copies: TemporaryCopies) -> None:
        super().__init__(LGWAN, peer, user, copies, log_in=LOG_IN[_DOOR], collection=AT_CENTRE)

    async def upload_billing(self, content: bytes) -> BillingFileState:
        """Hand in a billing file; the centre may refuse it, or its answer may be lost."""

        async def question(token: str) -> BillingFileState:
            return await self.peer.ask(UPLOAD_BILLING, content, token=token)

        return await self.signed_in("session", question)

    async def read_billing_file(
        self, institution_number: str, file_sequence: int
    ) -> BillingFileState:
        """Ask what became of a file; PeerRefused("file_not_found") if the centre never took it."""

        async def question(token: str) -> BillingFileState:
            return await self.peer.ask(
                READ_BILLING_FILE,
                token=token,
                institution_number=institution_number,
                file_sequence=file_sequence,
            )

        return await self.signed_in("session", question)
