"""The paper's third function: change and delete records for what was already uploaded.

Streams in, streams out; no store, no temporary file, no settings. "業務運用次第では構築不要": the
ward has a setting that turns it off, and nothing else asks this function.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from services.ward_gateway.domain.assessments import PAYABLE_BY_SLIP
from services.ward_gateway.domain.billing_orders import why_claim_gone
from services.ward_gateway.domain.bills import Standing
from services.ward_gateway.usecases.build_billing_record import BillingTerms
from services.ward_gateway.usecases.check_then_write import (
    Converted,
    OpenSource,
    check_then_write,
)
from services.ward_gateway.usecases.convert_assessments import (
    LINES_BEFORE_ROWS,
    WriteBilling,
    bill_of_row,
)
from services.ward_gateway.usecases.find_changes import (
    Standings,
    Upload,
    find_changes,
    fold_uploads,
)
from services.ward_gateway.usecases.index_paid_claims import NOTHING_PAID, PaidClaims
from shared.files.billing import BillingRecord
from shared.files.choutei import Assessment, read_choutei
from shared.files.codes import Proc
from shared.files.problems import FileProblem, InputProblem

ASSESSED = "assessed"


def convert_changes(
    uploads: Iterable[Upload],
    standings: Standings,
    *,
    terms: BillingTerms,
    write: WriteBilling,
    absent_is_cancelled: bool = False,
    assessed_name: str = ASSESSED,
) -> Converted:
    """Convert uploads, oldest first, and what is assessed now into a billing file of differences.

    `standings` (asked twice) come from choutei.csv by standings_of_rows, or from the gateway's own
    rows. Problems of both come first; a structural one: no byte. Nothing to change: no byte either,
    so that no file number is spent. See fold_uploads and find_changes for every way it can end.
    Each problem says which input it is about: an upload by its name, `standings` by
    `assessed_name`; only what cannot be written is about none. Memory: some 60 bytes a record that
    was uploaded, 8 a claim that is assessed.
    """
    live = fold_uploads(uploads)
    yield from live.problems
    if any(problem.structural for problem in live.problems):
        return

    def changes() -> Iterator[BillingRecord | FileProblem]:
        found = find_changes(
            live,
            standings,
            effective_from=terms.effective_from,
            with_names=terms.with_names,
            absent_is_cancelled=absent_is_cancelled,
        )
        for item in found:
            # What is not of an upload is of the standings.
            yield InputProblem.of(item, assessed_name) if isinstance(item, FileProblem) else item

    yield from check_then_write(changes, partial(write, terms.header), empty_is_nothing=True)


def standings_of_rows(
    open_source: OpenSource, paid: PaidClaims = NOTHING_PAID
) -> Iterator[Standing | FileProblem]:
    """Yield how each claim of choutei.csv stands; `paid` says which were paid, and where.

    Gone are: a claim paid in full on other channels (reason 1); 処理区分 3, or nothing owed (2);
    nofu_hoho 2, and 3 too, for neither is paid by slip any more (3). Whether a lump sum that was
    paid for a notice covers a claim, no file says: such a claim stands as if it did not, and is
    told (lump_sum_paid), unless its key goes anyway or was paid itself.
    """
    for item in read_choutei(open_source()):
        if isinstance(item, FileProblem):
            yield item
            continue
        standing = _standing(item, paid)
        if _may_be_paid(standing, paid):
            notice = item.notice_number
            yield FileProblem(
                standing.line,
                "row",
                None,
                "tsuchisho_no",
                "lump_sum_paid",
                notice,
                structural=False,
            )
        yield standing


def _may_be_paid(standing: Standing, paid: PaidClaims) -> bool:
    sure = standing.gone or standing.paid_at_centre
    return not sure and standing.bill.key[:2] in paid.lump_sums


def _standing(row: Assessment, paid: PaidClaims) -> Standing:
    bill = bill_of_row(row)
    elsewhere = paid.elsewhere_yen.get(bill.key, 0)
    gone = why_claim_gone(
        nothing_owed=row.proc is Proc.DELETE or bill.amount_yen == 0,
        paid_elsewhere=0 < bill.amount_yen <= elsewhere,
        by_slip=row.payment_method == PAYABLE_BY_SLIP,
    )
    at_centre = bill.key in paid.at_centre
    return Standing(bill, gone, at_centre, row.record_no + LINES_BEFORE_ROWS)
