"""Every no of the centre that is not a telegram: a fact, with the code that goes over the wire.

Pure; telegrams' result codes stand in domain/inquiries.py, statuses in api/refusals.py.
"""

from __future__ import annotations

from shared.kit.refusals import Refusal


class BillingFileRefused(Refusal):
    """The billing file breaks its format and is refused as a whole; nothing of it was kept."""

    code = "file_refused"


class FileSequenceReused(Refusal):
    """A file with this sequence number, but with other bytes, was taken before."""

    code = "file_sequence_reused"


class InstitutionNotYours(Refusal):
    """That collecting institution number is not one of the municipality that asks."""

    code = "institution_not_yours"


class BankDaysUnknown(Refusal):
    """The calendar of banks ends before this file could be applied; nothing of it was kept."""

    code = "bank_days_unknown"


class FileNotFound(Refusal):
    """There is no such file for this municipality."""

    code = "file_not_found"


class FileHashDiffers(Refusal):
    """The file that arrived is not the one that stands here: its SHA-256 differs."""

    code = "file_hash_differs"


class NotYourBank(Refusal):
    """The telegram names another bank than the certificate that brings it."""

    code = "not_your_bank"


class ReceiptNumberReused(Refusal):
    """This bank has used that receipt number for another payment of the same day."""

    code = "receipt_number_reused"


class PaidAtOutOfRange(Refusal):
    """The time of payment lies in the future, or before the inquiry that it belongs to."""

    code = "paid_at_out_of_range"


class KeyNotLocked(Refusal):
    """That key is not locked for that bank today, so there is nothing to unlock."""

    code = "key_not_locked"


class OutageOutOfRange(Refusal):
    """An outage ends after its start and after now, and lasts seven days at most."""

    code = "outage_out_of_range"


class MunicipalityUnknown(Refusal):
    """The centre has no contract with that municipality."""

    code = "municipality_unknown"


class FileErased(Refusal):
    """The file was acknowledged, and its bytes were erased on their day."""

    code = "file_erased"
