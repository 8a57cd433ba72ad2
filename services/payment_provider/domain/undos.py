"""Undos: an accepted payment that is taken back, for a fault of ours or of our peer alone.

Never at the wish of payer, ward or operator, and only before 確報 (BOOKS §1.6). Knows no peer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from services.payment_provider.domain.bank_payments import BankPaymentState
from services.payment_provider.domain.card_payments import CardPaymentState
from services.payment_provider.domain.payments import PaymentState
from shared.keys.channels import Channel
from shared.kit.money import Yen
from shared.kit.states import StateMachine

SETTLE_UNDOS = "settle_undos"
CANCEL_REASON = 3
"""取消理由 of the 03 that follows: a fault of the provider or its peer (DOMAIN §3.4)."""


class UndoState(StrEnum):
    """ASKING is committed before the peer is asked; while it asks, no 確報 goes out."""

    ASKING = "ASKING"
    UNDONE = "UNDONE"
    REFUSED = "REFUSED"


UNDOS = StateMachine(
    initial=UndoState.ASKING,
    events={
        (UndoState.ASKING, UndoState.UNDONE): "payment_undone",
        (UndoState.ASKING, UndoState.REFUSED): "undo_refused",
    },
    waiting={UndoState.ASKING: SETTLE_UNDOS},
)
UNDO_ASKED = "undo_asked"

UNDONE_STATES: Mapping[Channel, PaymentState] = MappingProxyType(
    {
        Channel.MOBILE_CREDIT: CardPaymentState.UNDONE,
        Channel.MOBILE_BANKING: BankPaymentState.UNDONE,
    }
)
"""What an undone payment is called in its channel."""


class Fault(StrEnum):
    """Whose money was taken wrongly, and how; nothing else is a reason to undo."""

    DOUBLE_AUTHORISATION = "double_authorisation"
    ANSWER_LOST = "answer_lost"


@dataclass(frozen=True, slots=True)
class Undo:
    """One undo of what the peer knows as peer_id: asked about with that id, again and again.

    payment_id is None for a commission that no payment of ours ever had. refusal: the peer's code.
    """

    id: UUID
    payment_id: UUID | None
    peer_id: UUID
    municipality: str
    channel: Channel
    amount_yen: Yen
    fault: Fault
    requested_at: datetime
    state: UndoState = UndoState.ASKING
    version: int = 0
    undone_at: datetime | None = None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The peer says: undone, and when (business time)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class NotTakenBack:
    """The peer says no, with a code of that conversation's list; nothing was changed there."""

    code: str
