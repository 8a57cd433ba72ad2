"""Why the provider says no: only what it can know itself (DESIGN rule 13). Knows no status, no
door.
"""

from __future__ import annotations

from shared.kit.refusals import Refusal


class MalformedBarcode(Refusal):
    """These are not the 44 digits of a payment slip."""

    code = "malformed_barcode"


class WrongCheckDigit(Refusal):
    """The barcode's check digit does not fit its other digits."""

    code = "wrong_check_digit"


class AmountOverCap(Refusal):
    """A barcode may carry up to 300,000 yen (DOMAIN §1.5)."""

    code = "amount_over_cap"


class SlipPastLimit(Refusal):
    """The slip could be paid here until its limit date (取扱期限), which has passed."""

    code = "slip_past_limit"


class SlipNotOfThisProvider(Refusal):
    """No municipality that this provider works for issues slips with these codes."""

    code = "slip_not_of_this_provider"


class AmountDiffers(Refusal):
    """The amount to be paid is not the amount of the slip."""

    code = "amount_differs"


class BankDaysUnknown(Refusal):
    """The calendar of banks ends before this money could be paid over; nothing was charged."""

    code = "bank_days_unknown"


class SlipAlreadyPaid(Refusal):
    """This slip was paid here already, or a payment of it is being made or confirmed."""

    code = "slip_already_paid"


class PaymentIdReused(Refusal):
    """This payment id was used for another payment."""

    code = "payment_id_reused"


class PaymentNotFound(Refusal):
    """There is no payment of this id."""

    code = "payment_not_found"


class BankNotConnected(Refusal):
    """This bank does not take part in app banking here."""

    code = "bank_not_connected"


class TermsNotAccepted(Refusal):
    """Nobody accepted the terms of use under this acceptance id."""

    code = "terms_not_accepted"


class TermsOutdated(Refusal):
    """These terms of use are not the ones in force; read and accept those first."""

    code = "terms_outdated"


class AcceptanceIdReused(Refusal):
    """This acceptance id was used for another version of the terms."""

    code = "acceptance_id_reused"


class BankSessionUnknown(Refusal):
    """There is no such session at any bank."""

    code = "bank_session_unknown"


class BankSessionOver(Refusal):
    """This session at the bank has ended, and nothing was taken through it."""

    code = "bank_session_over"


class BankSessionUsed(Refusal):
    """Another decision was made in this session at the bank; it stands."""

    code = "bank_session_used"


class BankSilent(Refusal):
    """The bank does not answer: it may have taken the decision; send the same one again."""

    code = "bank_silent"


class FileNotFound(Refusal):
    """There is no such file for this municipality."""

    code = "file_not_found"


class FileHashDiffers(Refusal):
    """The acknowledged SHA-256 is not that of the file."""

    code = "file_hash_differs"


class PaymentNotAccepted(Refusal):
    """This payment was not accepted, so there is nothing to undo."""

    code = "payment_not_accepted"


class ReceiptConfirmed(Refusal):
    """A 確報 of this payment went out; it is not taken back any more (BOOKS §1.6)."""

    code = "receipt_confirmed"


class UndoNotOffered(Refusal):
    """The peers of this channel do not take payments back."""

    code = "undo_not_offered"


class UndoAfterClose(Refusal):
    """The card agent's close has passed; it undoes this commission no more."""

    code = "undo_after_close"


class DifferenceNotFound(Refusal):
    """There is no such difference."""

    code = "difference_not_found"


class DifferenceResolved(Refusal):
    """This difference was resolved already, in another way or with another document."""

    code = "difference_resolved"


class WayNotPossible(Refusal):
    """This difference cannot be resolved in this way, as things stand now."""

    code = "way_not_possible"


class CardAgentSilent(Refusal):
    """The card agent has not answered; nothing is lost, give the same command again."""

    code = "card_agent_silent"
