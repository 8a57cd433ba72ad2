"""What was uploaded against what is assessed now: the records that make the centre's keys right.

Pure: knows no file as bytes. What was uploaded is indexed by claim (1.1 kB a key, measured), for
any later record may change or delete an earlier one; what is assessed now is a stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.ward_gateway.domain.assessments import AssessmentKey
from services.ward_gateway.domain.billing_orders import wanted_of, why_key_gone
from services.ward_gateway.domain.bills import Bill, DeleteReason, Standing
from shared.files.billing import BillingHeader, BillingRecord
from shared.files.codes import Proc
from shared.files.problems import FileProblem

Uploaded = Iterable[BillingHeader | BillingRecord | FileProblem]
LiveKeys = dict[AssessmentKey, dict[str, BillingRecord]]
# Record 1 of an upload is its header.
RECORDS_BEFORE_DATA = 1


@dataclass(frozen=True)
class LiveUpload:
    """What the centre holds if it took every record: live keys by claim, and what did not fit."""

    keys: LiveKeys
    problems: Sequence[FileProblem]


def fold_uploads(uploaded: Uploaded) -> LiveUpload:
    """Fold uploads, oldest first, as the centre does (DOMAIN §2.7); a deleted key is gone.

    A second add of a live key (already_uploaded, E110) and a change or delete of an unknown one
    (never_uploaded, E120) change nothing and are told. Problems of the files go through.
    """
    keys: LiveKeys = {}
    problems: list[FileProblem] = []
    for item in uploaded:
        if isinstance(item, FileProblem):
            problems.append(item)
        elif isinstance(item, BillingRecord):
            live = keys.setdefault((item.levy_year, item.notice_number, item.instalment), {})
            known = item.payment_number in live
            if known == (item.proc is Proc.ADD):
                code = "already_uploaded" if known else "never_uploaded"
                problems.append(_problem(item, code))
            elif item.proc is Proc.DELETE:
                del live[item.payment_number]
            else:
                live[item.payment_number] = item
    return LiveUpload(keys, problems)


def find_changes(
    live: LiveUpload,
    standings: Iterable[Standing | FileProblem],
    *,
    effective_from: date,
    with_names: bool = True,
    absent_is_cancelled: bool = False,
) -> Iterator[BillingRecord | FileProblem]:
    """Yield a change or delete record for each live key that is not what is assessed now.

    1. A claim that is gone: each of its keys is deleted, with the reason. 2. A key of an earlier
    issue is deleted: 2 if less is owed now, else 4. 3. A key whose bill differs is changed. 4. A
    key that was paid at the centre is left alone (E130: the ward refunds) and told, if it should
    have changed. 5. A claim that is not among `standings`: told (not_assessed_now), or deleted
    with reason 2 where `absent_is_cancelled`. Records are numbered from 1. Applied to the upload,
    they leave nothing to find. A claim that stands twice is a structural problem (claim_twice).
    """
    found = _Found(effective_from)
    seen: set[AssessmentKey] = set()
    for standing in standings:
        if isinstance(standing, FileProblem):
            yield standing
            continue
        key = standing.bill.key
        if key in seen:
            yield FileProblem(standing.line, "row", None, "tsuchisho_no", "claim_twice", key[1])
            continue
        seen.add(key)
        for record in live.keys.get(key, {}).values():
            yield from found.against(record, standing, with_names=with_names)
    for key, records in live.keys.items():
        if key in seen:
            continue
        for record in records.values():
            if absent_is_cancelled:
                yield found.delete(record, DeleteReason.REDUCED_OR_CANCELLED)
            else:
                yield _problem(record, "not_assessed_now")


class _Found:
    """Numbers the records that are found."""

    def __init__(self, effective_from: date) -> None:
        self._effective_from = effective_from
        self._count = 0

    def against(
        self, record: BillingRecord, standing: Standing, *, with_names: bool
    ) -> Iterator[BillingRecord | FileProblem]:
        """Yield what must happen to one live key of a claim that stands so."""
        bill = standing.bill
        own = record.slip_type == bill.slip_type
        # A letter's key is its own bill; it may not ask for more than is owed now.
        less = (
            bill.amount_yen < record.amount_yen
            if own
            else bill.principal_yen < record.principal_yen
        )
        superseded = record.issue < bill.issue if own else less
        same = own and record.issue == bill.issue
        changes = _differences(record, bill, with_names=with_names) if same else {}
        wanted = wanted_of(
            live=True,
            gone=standing.gone or why_key_gone(superseded=superseded, asks_more=less),
            differs=bool(changes),
            paid_at_centre=False,
        )
        if wanted is None:
            if own and record.issue > bill.issue:
                yield _problem(record, "newer_issue_at_centre")
        elif standing.paid_at_centre:
            yield _problem(record, "paid_at_centre")
        elif wanted.reason:
            yield self.delete(record, wanted.reason)
        else:
            yield self._record(record, Proc.CHANGE, None, changes)

    def delete(self, record: BillingRecord, reason: DeleteReason) -> BillingRecord:
        """Return the record that deletes a key, with what was uploaded of it."""
        return self._record(record, Proc.DELETE, reason, {})

    def _record(
        self,
        record: BillingRecord,
        proc: Proc,
        reason: DeleteReason | None,
        changes: dict[str, Any],
    ) -> BillingRecord:
        self._count += 1
        return replace(
            record,
            proc=proc,
            record_seq=self._count,
            effective_from=self._effective_from,
            delete_reason=None if reason is None else int(reason),
            **changes,
        )


def _differences(record: BillingRecord, bill: Bill, *, with_names: bool) -> dict[str, Any]:
    """Return the fields of a key that its bill now says otherwise."""
    wanted: dict[str, Any] = {
        "amount_yen": bill.amount_yen,
        "principal_yen": bill.principal_yen,
        "late_charge_yen": bill.late_charge_yen,
        "fee_yen": bill.fee_yen,
        "due_date": bill.due_date,
        "limit_date": bill.limit_date,
        "assessed_year": bill.assessed_year,
        "account_code": bill.account_code,
        "payer_name_kana": bill.payer_name_kana if with_names else "",
    }
    return {name: value for name, value in wanted.items() if getattr(record, name) != value}


def _problem(record: BillingRecord, code: str) -> FileProblem:
    line = record.record_seq + RECORDS_BEFORE_DATA
    shown = record.payment_number
    return FileProblem(line, "data", None, "payment_number", code, shown, structural=False)
