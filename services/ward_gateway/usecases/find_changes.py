"""What was uploaded against what is assessed now: the records that make the centre's keys right.

Pure: knows no file as bytes. What was uploaded is packed and found by claim, for any later record
may change or delete an earlier one; what is assessed now is a stream.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from services.ward_gateway.domain.assessments import AssessmentKey
from services.ward_gateway.domain.billing_orders import wanted_of, why_key_gone
from services.ward_gateway.domain.bills import Bill, DeleteReason, Standing
from services.ward_gateway.usecases.packed_uploads import PackedUploads, claim_of
from shared.files.billing import BillingHeader, BillingRecord
from shared.files.codes import Proc
from shared.files.problems import FileProblem, InputProblem


class Upload(NamedTuple):
    """One upload, as its reader streams it; `name` is what problems call it."""

    name: str
    items: Iterable[BillingHeader | BillingRecord | FileProblem]


Standings = Callable[[], Iterable[Standing | FileProblem]]
# Record 1 of an upload is its header.
RECORDS_BEFORE_DATA = 1


@dataclass(frozen=True)
class LiveUpload:
    """What the centre holds if it took every record: its keys, and what did not fit."""

    keys: PackedUploads
    names: Sequence[str]
    problems: Sequence[InputProblem]

    def problem(self, place: int, code: str) -> InputProblem:
        """Return a problem of meaning about an uploaded key, in the upload where it stands."""
        return _problem(self.keys, self.names, place, code)


def fold_uploads(uploads: Iterable[Upload]) -> LiveUpload:
    """Fold uploads, oldest first, as the centre does (DOMAIN §2.7); a deleted key is gone.

    A second add of a live key (already_uploaded, E110) and a change or delete of an unknown one
    (never_uploaded, E120) change nothing and are told. Problems of the files go through. Memory:
    some 60 bytes a record.
    """
    keys, names, problems = PackedUploads(), [], []
    for number, upload in enumerate(uploads):
        names.append(upload.name)
        for item in upload.items:
            if isinstance(item, FileProblem):
                problems.append(InputProblem.of(item, upload.name))
            elif isinstance(item, BillingRecord):
                keys.add(item, number)
    keys.sort()
    alone, procs = keys.alone(), keys.procs()
    keys.set_live(np.flatnonzero(alone & (procs == Proc.ADD)))
    live, unfit = _fold_repeated(keys, np.flatnonzero(~alone).tolist())
    keys.set_live(live)
    unfit += [(int(p), "never_uploaded") for p in np.flatnonzero(alone & (procs != Proc.ADD))]
    unfit.sort(key=lambda each: keys.number_at(each[0]))
    problems += [_problem(keys, names, place, code) for place, code in unfit]
    return LiveUpload(keys, names, problems)


def _fold_repeated(
    keys: PackedUploads, places: Sequence[int]
) -> tuple[list[int], list[tuple[int, str]]]:
    """Fold records whose claim was uploaded more than once: live places, and what did not fit."""
    live: dict[tuple[AssessmentKey, str], int] = {}
    ended: list[int] = []
    unfit: list[tuple[int, str]] = []
    of_hash = None
    for place in places:
        if keys.hash_at(place) != of_hash:
            ended += live.values()
            live, of_hash = {}, keys.hash_at(place)
        record = keys.at(place)
        key = claim_of(record), record.payment_number
        if (key in live) == (record.proc is Proc.ADD):
            unfit.append((place, "already_uploaded" if key in live else "never_uploaded"))
        elif record.proc is Proc.DELETE:
            del live[key]
        else:
            live[key] = place
    return [*ended, *live.values()], unfit


def find_changes(
    live: LiveUpload,
    standings: Standings,
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
    they leave nothing to find. A claim that stands twice is a structural problem (claim_twice);
    `standings` are asked again only where it seems that one does. Memory: 8 bytes a claim.
    """
    found = _Found(live, effective_from)
    met, hashes = bytearray(len(live.keys)), array("q")
    for standing in standings():
        if isinstance(standing, FileProblem):
            yield standing
            continue
        key = standing.bill.key
        hashes.append(hash(key))
        for place, record in live.keys.live_of(key):
            met[place] = 1
            yield from found.against(place, record, standing, with_names=with_names)
    yield from _claims_twice(hashes, standings)
    for place, record in live.keys.live_but(met):
        if absent_is_cancelled:
            yield found.delete(record, DeleteReason.REDUCED_OR_CANCELLED)
        else:
            yield live.problem(place, "not_assessed_now")


def _claims_twice(hashes: array[int], standings: Standings) -> Iterator[FileProblem]:
    """Yield a structural problem for each claim that stands there again, from a second look."""
    ordered = np.frombuffer(hashes, np.int64)
    ordered.sort()
    suspects = set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
    if not suspects:
        return
    seen: set[AssessmentKey] = set()
    for standing in standings():
        if isinstance(standing, FileProblem) or hash(standing.bill.key) not in suspects:
            continue
        key = standing.bill.key
        if key in seen:
            yield FileProblem(standing.line, "row", None, "tsuchisho_no", "claim_twice", key[1])
        seen.add(key)


class _Found:
    """Numbers the records that are found."""

    def __init__(self, live: LiveUpload, effective_from: date) -> None:
        self._live, self._effective_from = live, effective_from
        self._count = 0

    def against(
        self, place: int, record: BillingRecord, standing: Standing, *, with_names: bool
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
                yield self._live.problem(place, "newer_issue_at_centre")
        elif standing.paid_at_centre:
            yield self._live.problem(place, "paid_at_centre")
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


def _problem(keys: PackedUploads, names: Sequence[str], place: int, code: str) -> InputProblem:
    record = keys.at(place)
    line, shown = record.record_seq + RECORDS_BEFORE_DATA, record.payment_number
    told = FileProblem(line, "data", None, "payment_number", code, shown, structural=False)
    return InputProblem.of(told, names[keys.upload_of(place)])
