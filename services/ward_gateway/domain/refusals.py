"""What the ward's intranet door says no to; no message repeats what was sent (DESIGN rule 12)."""

from __future__ import annotations

from shared.kit.refusals import Refusal


class FileRefused(Refusal):
    """The file is refused as a whole; every problem is listed, and nothing was taken."""

    code = "file_refused"


class FileTotalsDiffer(Refusal):
    """Count, sum or SHA-256 beside the file are not those of the file; nothing was taken."""

    code = "file_totals_differ"


class StatementNotFound(Refusal):
    """There is no statement of that id."""

    code = "statement_not_found"


class CommissionNotFound(Refusal):
    """The card agent has reported no commission of that number."""

    code = "commission_not_found"


class TrusteeNotInDefault(Refusal):
    """The trustee does not owe this: it has paid, may yet pay in time, or the old law rules."""

    code = "trustee_not_in_default"


class TrusteeDecisionExists(Refusal):
    """Another decision about this commission stands; it is not changed."""

    code = "trustee_decision_exists"


class DecisionDateImpossible(Refusal):
    """The decision's day is in the future, or not after the designated date."""

    code = "decision_date_impossible"


class FeeBillReused(Refusal):
    """Another bill of that number was taken; it is not changed."""

    code = "fee_bill_reused"


class FeeBillMalformed(Refusal):
    """Each line of a bill is of another month of collection, named by its first day."""

    code = "fee_bill_malformed"


class SlipNotFound(Refusal):
    """There is no slip of that id."""

    code = "slip_not_found"


class SlipNotRefused(Refusal):
    """The centre refused no record of this slip, or what it refused is not wanted any more."""

    code = "slip_not_refused"


class PostingDatePassed(Refusal):
    """The posting date lies before today."""

    code = "posting_date_passed"


class PaperNoticeMalformed(Refusal):
    """A notice says what no paper about a slip of this ward can say; nothing was taken."""

    code = "paper_notice_malformed"


class PaperNoticeNotFound(Refusal):
    """No notice with that stamp says exactly this."""

    code = "paper_notice_not_found"


class WithdrawnBySamePerson(Refusal):
    """Who has handed a notice in does not withdraw it: a second person must look at the paper."""

    code = "withdrawn_by_same_person"


class UploadNotFound(Refusal):
    """There is no billing file of that id."""

    code = "upload_not_found"


class UploadNotWaiting(Refusal):
    """The file does not wait for a person: it was released, refused or withdrawn."""

    code = "upload_not_waiting"


class ReleasedBySamePerson(Refusal):
    """Who has prepared a file does not release it: a second person must look at it."""

    code = "released_by_same_person"


class FileHashDiffers(Refusal):
    """The SHA-256 is another one: those are not the bytes that stand here."""

    code = "file_hash_differs"


class UploadHoldsUnwanted(Refusal):
    """A record of the file is not wanted any more; preparing takes it back and builds anew."""

    code = "upload_holds_unwanted"


class UploadWasSent(Refusal):
    """The file has left for the centre, and may have arrived: it is not withdrawn any more."""

    code = "upload_was_sent"


class LaterUploadBuilt(Refusal):
    """A file with a later number was prepared, and would wait for this one: withdraw that first."""

    code = "later_upload_built"


class DeliveryNotFound(Refusal):
    """There is no file of that id for the standard system."""

    code = "delivery_not_found"


class DeliveryErased(Refusal):
    """The file was acknowledged, and its bytes were erased then."""

    code = "delivery_erased"


class DebitResultFileNotFound(Refusal):
    """No direct debit result file of that SHA-256 was taken."""

    code = "debit_result_file_not_found"
