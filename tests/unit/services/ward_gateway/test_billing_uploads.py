"""Who may let a billing file go, who may take it back, and when it has waited too long."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from services.ward_gateway.domain.billing_uploads import (
    UPLOAD_MACHINE,
    Upload,
    UploadState,
    check_release,
    check_withdrawal,
    release_due_on,
)
from services.ward_gateway.domain.refusals import (
    FileHashDiffers,
    LaterUploadBuilt,
    ReleasedBySamePerson,
    UploadNotWaiting,
    UploadWasSent,
)
from shared.kit.calendar import japanese_banks
from shared.kit.clock import tokyo_time
from shared.kit.ids import new_id

MORNING = tokyo_time(date(2025, 6, 2), 9)
BUILT = Upload(
    id=new_id(),
    state=UploadState.BUILT,
    version=0,
    file_sequence=7,
    sha256="a" * 64,
    record_count=1,
    total_yen=1000,
    prepared_by="clerk-01",
    built_at=MORNING,
)
RELEASED = replace(BUILT, state=UploadState.RELEASED, released_by="clerk-02")
BEEN_THERE = replace(RELEASED, sent_at=MORNING)


def test_a_second_person_lets_a_file_go_once() -> None:
    assert check_release(BUILT, "clerk-02", "a" * 64)
    for state in (UploadState.RELEASED, UploadState.SENT, UploadState.ACCEPTED):
        assert not check_release(replace(RELEASED, state=state), "clerk-02", "a" * 64)


@pytest.mark.parametrize(
    ("upload", "user_id", "sha256", "refusal"),
    [
        (BUILT, "clerk-02", "b" * 64, FileHashDiffers),
        (BUILT, "clerk-01", "a" * 64, ReleasedBySamePerson),
        (RELEASED, "clerk-01", "a" * 64, ReleasedBySamePerson),
        (RELEASED, "clerk-03", "a" * 64, UploadNotWaiting),
        (replace(RELEASED, state=UploadState.REFUSED), "clerk-02", "a" * 64, UploadNotWaiting),
        (replace(BUILT, state=UploadState.WITHDRAWN), "clerk-02", "a" * 64, UploadNotWaiting),
    ],
)
def test_any_other_release_is_refused(upload, user_id, sha256, refusal) -> None:
    with pytest.raises(refusal):
        check_release(upload, user_id, sha256)


def test_the_last_file_is_withdrawn_before_it_has_left() -> None:
    assert check_withdrawal(BUILT, 7)
    assert check_withdrawal(RELEASED, 7)
    assert not check_withdrawal(replace(BUILT, state=UploadState.WITHDRAWN), 6)


@pytest.mark.parametrize(
    ("upload", "refusal"),
    [
        (replace(BUILT, file_sequence=6), LaterUploadBuilt),
        (BEEN_THERE, UploadWasSent),
        (replace(BEEN_THERE, state=UploadState.SENT), UploadWasSent),
        (replace(BEEN_THERE, state=UploadState.ACCEPTED), UploadWasSent),
        (replace(BEEN_THERE, state=UploadState.REFUSED), UploadNotWaiting),
    ],
)
def test_nothing_else_is_withdrawn(upload, refusal) -> None:
    with pytest.raises(refusal):
        check_withdrawal(upload, 7)


def test_the_only_way_out_of_the_ward_leads_through_a_release() -> None:
    ways_to_sent = {source for source, target in UPLOAD_MACHINE.events if target == "SENT"}
    ways_to_released = {source for source, target in UPLOAD_MACHINE.events if target == "RELEASED"}
    assert ways_to_sent == {"RELEASED"}
    assert ways_to_released == {"BUILT", "SENT"}
    assert UPLOAD_MACHINE.unreachable() == frozenset()


@pytest.mark.parametrize(
    ("built_on", "built_at", "due_on"),
    [
        (2, time(9), 2),
        (2, time(16, 29), 2),
        (2, time(16, 30), 3),
        (6, time(20), 9),  # on a Friday evening
        (7, time(9), 9),  # on a Saturday
    ],
)
def test_a_file_should_be_released_half_an_hour_before_the_cut_off(
    built_on, built_at, due_on
) -> None:
    due = release_due_on(date(2025, 6, built_on), built_at, japanese_banks())
    assert due == date(2025, 6, due_on)
