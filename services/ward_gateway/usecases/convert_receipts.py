"""The paper's second function: the centre's receipts become the standard system's import.

Streams in, streams out; no store, no temporary file, no settings. The seal's key stays in `read`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from services.ward_gateway.domain.breakdowns import Breakdown, Part
from services.ward_gateway.domain.receipts import identity_of
from services.ward_gateway.usecases.check_then_write import (
    Converted,
    OpenSource,
    check_then_write,
)
from services.ward_gateway.usecases.index_breakdowns import Breakdowns
from shared.files.centre_receipts import CentreReceipt, CentreReceiptsHeader
from shared.files.framing import Source
from shared.files.problems import FileProblem
from shared.files.shuno import BREAKDOWN, MatchStatus, ReceiptRow, stream_shuno
from shared.keys.channels import Channel
from shared.keys.problems import is_digits
from shared.kit.money import Yen

__all__ = ["Part", "convert_receipts"]

ReadReceipts = Callable[[Source], Iterable[CentreReceiptsHeader | CentreReceipt | FileProblem]]
ClaimOf = Callable[[CentreReceipt], Breakdown | None]
NOTICE_NUMBER_DIGITS = 9
# Record 1 of the file is its header, so receipt n is record n + 1.
RECORDS_BEFORE_RECEIPTS = 1
NO_SHARE = (None,) * len(BREAKDOWN)
EXCEPTIONS = {MatchStatus.OVER: "over_assessed", MatchStatus.NO_CLAIM: "no_such_claim"}


def convert_receipts(
    open_source: OpenSource,
    *,
    read: ReadReceipts,
    claim_of: ClaimOf | None = None,
    remainder_to: Part = Part.MEDICAL,
) -> Converted:
    """Convert the centre's receipts (200 bytes) into shuno.csv; problems first, then bytes.

    1. `read` verifies seals, hash and totals: a structural problem refuses the file, no byte.
    2. Without `claim_of` (a receipt -> what is assessed on what it pays) claim, breakdown and match
    stay empty. 3. With it each receipt is set against that: equal; part, split by
    Breakdown.share_of; over, or no such claim: no breakdown, an exception, and a problem of meaning
    beside the row. 01, 02 and 03 of a payment are split alike, and so a 03 takes back what its 01
    gave, if `claim_of` gives the same for all three: recall_claims does, by_claim only within one
    choutei.csv. Memory grows with `claim_of` alone. What was received before is not known here: a
    second payment of a claim is the standard system's to find.
    """
    return check_then_write(partial(_rows, open_source, read, claim_of, remainder_to), stream_shuno)


def by_claim(assessed: Breakdowns) -> ClaimOf:
    """Return what sets each receipt against the claim that it names.

    A lump sum (期 00) names none: which instalments it pays, only the items of its slip say, and
    those stand in the gateway's rows and in no file. It is no_such_claim here.
    """

    def claim_of(receipt: CentreReceipt) -> Breakdown | None:
        return assessed.get((receipt.levy_year, receipt.notice_number, receipt.instalment))

    return claim_of


def receipt_id_of(receipt: CentreReceipt) -> str:
    """Return a receipt's identity, the same for its 01, 02 and 03 (DOMAIN §3.4)."""
    number = receipt.cancelled_receipt_number or receipt.receipt_number
    return identity_of(
        Channel.PAYEASY,
        receipt.payment_number,
        receipt.paid_on,
        receipt.paid_at_hhmmss[:4],
        f"{receipt.bank_code}-{number}",
    )


def _rows(
    open_source: OpenSource, read: ReadReceipts, claim_of: ClaimOf | None, remainder_to: Part
) -> Iterator[ReceiptRow | FileProblem]:
    source_file = ""
    for item in read(open_source()):
        if isinstance(item, FileProblem):
            yield item
        elif isinstance(item, CentreReceiptsHeader):
            source_file = f"PEZ-{item.institution_number}-{item.file_sequence:06d}"
        elif not is_digits(item.notice_number, NOTICE_NUMBER_DIGITS):
            yield _problem(item, "malformed_notice_number", structural=True)
        else:
            status, claim, share = _matched(item, claim_of, remainder_to)
            code = EXCEPTIONS.get(status, "") if status else ""
            yield _row(item, source_file, status, claim, share)
            if code:
                yield _problem(item, code, structural=False)


def _matched(
    receipt: CentreReceipt, claim_of: ClaimOf | None, remainder_to: Part
) -> tuple[MatchStatus | None, Breakdown | None, Breakdown | None]:
    """Return the match, what is assessed, and what of it this receipt pays."""
    if claim_of is None:
        return None, None, None
    claim = claim_of(receipt)
    if claim is None:
        return MatchStatus.NO_CLAIM, None, None
    owed = claim.amount_yen
    if receipt.amount_yen > owed:
        return MatchStatus.OVER, claim, None
    if receipt.amount_yen == owed:
        return MatchStatus.EXACT, claim, claim
    return MatchStatus.PART, claim, claim.share_of(receipt.amount_yen, remainder_to)


def _row(
    receipt: CentreReceipt,
    source_file: str,
    status: MatchStatus | None,
    claim: Breakdown | None,
    share: Breakdown | None,
) -> ReceiptRow:
    assessed_year, account_code, year_class = _of_claim(claim)
    principal, late_charge, fee, medical, support, care, child = _of_share(share)
    return ReceiptRow(
        record_no=receipt.record_seq,
        receipt_id=receipt_id_of(receipt),
        channel=receipt.channel,
        data_type=receipt.data_type,
        payment_number=receipt.payment_number,
        notice_number=receipt.notice_number,
        levy_year=receipt.levy_year,
        assessed_year=assessed_year,
        instalment=receipt.instalment,
        account_code=account_code,
        year_class=year_class,
        amount_yen=receipt.amount_yen,
        principal_yen=principal,
        late_charge_yen=late_charge,
        fee_yen=fee,
        medical_yen=medical,
        support_yen=support,
        care_yen=care,
        child_yen=child,
        paid_on=receipt.paid_on,
        deemed_on=None,
        created_on=receipt.created_on,
        transfer_date=receipt.transfer_date,
        paid_in_on=receipt.paid_in_on,
        booked_on=None,
        bank_code=receipt.bank_code,
        branch_code=receipt.branch_code,
        shop_code="",
        receipt_number=receipt.receipt_number,
        source_file=source_file,
        source_line=receipt.record_seq + RECORDS_BEFORE_RECEIPTS,
        match_status=status,
        exception_code=EXCEPTIONS.get(status, "") if status else "",
    )


def _of_claim(claim: Breakdown | None) -> tuple[int | None, str, int | None]:
    return (
        (claim.assessed_year, claim.account_code, claim.year_class) if claim else (None, "", None)
    )


def _of_share(share: Breakdown | None) -> Sequence[Yen | None]:
    """Return the seven amounts in the order of shuno.csv, or seven times nothing."""
    if share is None:
        return NO_SHARE
    return (
        share.principal_yen,
        share.late_charge_yen,
        share.fee_yen,
        share.medical_yen,
        share.support_yen,
        share.care_yen,
        share.child_yen,
    )


def _problem(receipt: CentreReceipt, code: str, *, structural: bool) -> FileProblem:
    line = receipt.record_seq + RECORDS_BEFORE_RECEIPTS
    field = "amount_yen" if code == "over_assessed" else "notice_number"
    shown = str(getattr(receipt, field))
    return FileProblem(line, "data", None, field, code, shown, structural)
