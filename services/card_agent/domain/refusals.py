"""Every no of the card agent: a class named as a fact, its docstring the message (DESIGN rule 12).

Knows no HTTP; the codes are those of the conversations and are never renamed.
"""

from __future__ import annotations

from shared.kit.refusals import Refusal


class CardNumberInvalid(Refusal):
    """The card number does not have the form or the check digit of a card number."""

    code = "card_number_invalid"


class BrandNotTaken(Refusal):
    """Cards of this brand are not taken; VISA, Mastercard, JCB, AMEX and Diners are."""

    code = "brand_not_taken"


class CardExpired(Refusal):
    """The card has expired."""

    code = "card_expired"


class CardOverLimit(Refusal):
    """The card's limit does not cover the amount."""

    code = "card_over_limit"


class CardRefused(Refusal):
    """The card's issuer refuses the payment."""

    code = "card_refused"


class CardIssuerUnavailable(Refusal):
    """The card's issuer cannot be reached at the moment; nothing was charged, try again later."""

    code = "card_issuer_unavailable"


class ScenarioUnknown(Refusal):
    """There is no sandbox scenario of that name."""

    code = "scenario_unknown"


class MunicipalityUnknown(Refusal):
    """The card agent has no contract with this municipality; nothing was charged."""

    code = "municipality_unknown"


class AgentNotDesignated(Refusal):
    """No law lets the card agent take this municipality's payments now; nothing was charged."""

    code = "agent_not_designated"


class BankDaysUnknown(Refusal):
    """The calendar of banks ends before this money could be paid over; nothing was charged."""

    code = "bank_days_unknown"


class TroublePlannedAlready(Refusal):
    """Another trouble of this kind is planned for that day."""

    code = "trouble_planned_already"


class OrderWritten(Refusal):
    """That day's transfer order is written; its money cannot go wrong any more."""

    code = "order_written"


class NothingToChargeBack(Refusal):
    """That authorisation is no commission; no network paid for it."""

    code = "nothing_to_charge_back"


class AmountDiffers(Refusal):
    """The amount is not the one of the card token and of the barcode; nothing was charged."""

    code = "amount_differs"


class CardTokenUnknown(Refusal):
    """The card token is unknown, expired, or its card is no longer held; nothing was charged."""

    code = "card_token_unknown"


class CardTokenUsed(Refusal):
    """The card token belongs to another authorisation; nothing was charged."""

    code = "card_token_used"


class AuthorisationClosed(Refusal):
    """This authorisation was closed for ever; nothing was charged."""

    code = "authorisation_closed"


class AuthorisationIdReused(Refusal):
    """This authorisation id was used with another question; that one's answer stands."""

    code = "authorisation_id_reused"


class AuthorisationBeingConfirmed(Refusal):
    """The card network has not answered yet; ask again with the same id."""

    code = "authorisation_being_confirmed"


class UndoAfterClose(Refusal):
    """The time in which this commission could be undone is over; nothing was changed."""

    code = "undo_after_close"


class AuthorisationNotCommissioned(Refusal):
    """There is no commission of this id, so there is nothing to undo."""

    code = "authorisation_not_commissioned"


class PaymentListDiffers(Refusal):
    """This page of the day's list was sent before with another content; that one is kept."""

    code = "payment_list_differs"


class PaymentListIncomplete(Refusal):
    """The pages before this one are not here; the list is taken in the order of its pages."""

    code = "payment_list_incomplete"


class DifferenceNotFound(Refusal):
    """There is no such difference."""

    code = "difference_not_found"


class DifferenceResolved(Refusal):
    """This difference was resolved already, in another way or with another document."""

    code = "difference_resolved"


class WayNotPossible(Refusal):
    """A difference of this kind cannot be resolved in this way."""

    code = "way_not_possible"


class FileNotFound(Refusal):
    """There is no such file."""

    code = "file_not_found"


class FileHashDiffers(Refusal):
    """The acknowledged SHA-256 is not the file's; the file keeps waiting."""

    code = "file_hash_differs"


LASTING_REFUSALS: dict[str, type[Refusal]] = {
    refusal.code: refusal
    for refusal in (
        CardExpired,
        CardOverLimit,
        CardRefused,
        CardIssuerUnavailable,
        AmountDiffers,
        CardTokenUnknown,
        CardTokenUsed,
    )
}
"""What is written down as the answer for an authorisation id, and answered again for ever."""

DECLINES_BY_NETWORK = frozenset(
    {CardExpired.code, CardOverLimit.code, CardRefused.code, CardIssuerUnavailable.code}
)
"""The reasons that a card network may give; another one is taken for CardRefused."""
