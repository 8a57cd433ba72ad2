"""Authorisations 与信照会: may this card pay, what was said, and the commission that follows.

A yes *is* the commission (納付の受託), final when it is committed. Knows no database, no network.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from services.card_agent.domain.cards import Brand
from services.card_agent.domain.refusals import AmountDiffers
from shared.keys.barcode import barcode_amount_yen, demand_barcode_form
from shared.keys.problems import KeyProblem
from shared.kit.calendar import BusinessCalendar
from shared.kit.money import Yen
from shared.kit.states import StateMachine

FEE_MAX_YEN = 999_999  # the report to the ward has six digits for it (DOMAIN §10)


class AuthorisationState(StrEnum):
    """How far an authorisation came; COMMISSIONED says which are commissions.

    UNDOING: the card network is being asked to take its approval back; UNDONE: it did.
    """

    ASKING = "ASKING"
    NETWORK_UNKNOWN = "NETWORK_UNKNOWN"
    AUTHORISED = "AUTHORISED"
    REMITTED = "REMITTED"
    DECLINED = "DECLINED"
    CLOSED = "CLOSED"
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"


COMMISSIONED = (
    AuthorisationState.AUTHORISED,
    AuthorisationState.REMITTED,
    AuthorisationState.UNDOING,
)

_S = AuthorisationState
AUTHORISATIONS = StateMachine(
    initial=_S.ASKING,
    events={
        (_S.ASKING, _S.AUTHORISED): "card_authorised",
        (_S.ASKING, _S.DECLINED): "card_declined",
        (_S.ASKING, _S.NETWORK_UNKNOWN): "card_network_was_silent",
        (_S.ASKING, _S.CLOSED): "card_network_was_not_reached",
        (_S.NETWORK_UNKNOWN, _S.AUTHORISED): "card_found_authorised",
        (_S.NETWORK_UNKNOWN, _S.DECLINED): "card_found_declined",
        (_S.NETWORK_UNKNOWN, _S.CLOSED): "authorisation_voided",
        (_S.AUTHORISED, _S.REMITTED): "transfer_ordered",
        (_S.AUTHORISED, _S.UNDOING): "undo_asked",
        (_S.UNDOING, _S.UNDONE): "commission_undone",
    },
    waiting={
        _S.ASKING: "settle_authorisations",
        _S.NETWORK_UNKNOWN: "settle_authorisations",
        _S.AUTHORISED: "write_transfer_orders",
        _S.UNDOING: "settle_authorisations",
    },
)
AUTHORISATION_ASKED = "authorisation_asked"
AUTHORISATION_REFUSED = "authorisation_refused"
AUTHORISATION_CLOSED_UNASKED = "authorisation_closed_unasked"


@dataclass(frozen=True)
class AuthorisationQuestion:
    """What the provider asked. The same id with the same question gets the same answer."""

    id: UUID
    municipality: str
    barcode: str
    amount_yen: Yen
    fee_yen: Yen
    token_hash: str

    def demand_amount_of_barcode(self) -> None:
        """Raise AmountDiffers unless the barcode is whole and says this amount.

        A line of the report that contradicts its own barcode would stop the whole report.
        """
        try:
            demand_barcode_form(self.barcode)
        except KeyProblem as problem:
            raise AmountDiffers("The barcode is not whole; nothing was charged.") from problem
        if barcode_amount_yen(self.barcode) != self.amount_yen or self.fee_yen > FEE_MAX_YEN:
            raise AmountDiffers


@dataclass(frozen=True)
class Commission:
    """納付の受託: designated_date is the 指定日 by which the premium is paid to the municipality.

    remitted_on and bank_reference stay None until its transfer was ordered.
    """

    commission_number: str
    approval_number: str
    brand: Brand
    authorised_at: datetime
    authorised_on: date
    designated_date: date
    remitted_on: date | None = None
    bank_reference: str | None = None


@dataclass(frozen=True)
class Authorisation:
    """A row of the books. asking_until is machine time: past it, an asking row counts as unknown.

    One that was closed before it was ever asked has no barcode, fee or token.
    """

    id: UUID
    state: AuthorisationState
    version: int
    municipality: str
    amount_yen: Yen
    barcode: str | None
    fee_yen: Yen
    token_hash: str | None
    brand: Brand | None
    asking_until: datetime | None
    decline_reason: str | None
    commission: Commission | None
    undone_at: datetime | None = None

    def answers(self, question: AuthorisationQuestion) -> bool:
        """Say whether this row was opened by the very same question."""
        return (
            self.municipality,
            self.amount_yen,
            self.barcode,
            self.fee_yen,
            self.token_hash,
        ) == (
            question.municipality,
            question.amount_yen,
            question.barcode,
            question.fee_yen,
            question.token_hash,
        )

    @property
    def was_never_asked(self) -> bool:
        """Say whether it was closed for ever before the question came."""
        return self.state is AuthorisationState.CLOSED and self.barcode is None

    def is_unknown(self, machine_now: datetime) -> bool:
        """Say whether the network must be asked what became of it (DESIGN rule 3)."""
        if self.state is AuthorisationState.NETWORK_UNKNOWN:
            return True
        stale = self.asking_until is not None and self.asking_until <= machine_now
        return self.state is AuthorisationState.ASKING and stale


@dataclass(frozen=True)
class UndoClose:
    """Until when a commission may be undone: a Tokyo time some bank business days after its day.

    Own setting: before 確報, which the provider writes on the third business day.
    """

    business_days: int
    at: time

    def date_of(self, authorised_on: date, calendar: BusinessCalendar) -> date:
        """Return the day on which a commission's undoing closes."""
        return calendar.add(authorised_on, self.business_days)


def commission_number(barcode: str, authorised_on: date, ordinal: int) -> str:
    """Return the day and twelve hex digits for the n-th commission of one barcode (OWN DESIGN).

    It stands in a file, so it hangs on no random id and on no order of other requests (rule 9).
    """
    digest = hashlib.sha256(f"{barcode}:{ordinal}".encode("ascii")).hexdigest()
    return f"{authorised_on:%Y%m%d}{digest[:12]}"
