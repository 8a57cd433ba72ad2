"""Files at the centre are kept until acknowledged, then erased on their date; the row stays."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest

from shared.kit.peer import PeerRefused
from shared.wire.file_collection import AT_CENTRE, BILLING_RESULT, AcknowledgeFile, FileListed
from tests.integration.services.lgwan_asp.conftest import WARD_A, WARD_B, Centre, Slip

TUESDAY = date(2025, 6, 3)
KEPT = timedelta(days=90)


async def _one_file(centre: Centre) -> FileListed:
    await centre.publish(Slip(1))
    (file,) = await centre.files()
    return file


async def _erase_on(centre: Centre, file: FileListed) -> date | None:
    answer = await centre.terminal().ask(
        AT_CENTRE.acknowledge_file,
        AcknowledgeFile(file_id=file.file_id, sha256=file.sha256),
        token=await centre.token(),
        file_id=file.file_id,
    )
    return answer.erase_on


async def test_an_unacknowledged_file_is_never_erased(centre: Centre):
    file = await _one_file(centre)
    centre.at(TUESDAY + timedelta(days=3650))
    assert await centre.run("erase_files") == {"files": 0}
    assert hashlib.sha256(await centre.collect(file)).hexdigest() == file.sha256


async def test_an_acknowledged_file_is_erased_on_the_day_that_was_told(centre: Centre):
    file = await _one_file(centre)
    assert await _erase_on(centre, file) == TUESDAY + KEPT
    centre.at(TUESDAY + KEPT - timedelta(days=1), 23, 59)
    assert await centre.run("erase_files") == {"files": 0}
    assert await centre.collect(file) != b""
    centre.at(TUESDAY + KEPT, 3, 10)
    assert await centre.run("erase_files") == {"files": 1}
    with pytest.raises(PeerRefused) as refused:
        await centre.collect(file)
    assert refused.value.code == "file_erased"
    assert await centre.run("erase_files") == {"files": 0}


async def test_an_erased_file_leaves_its_number_and_hash(centre: Centre):
    file = await _one_file(centre)
    told = await _erase_on(centre, file)
    centre.at(TUESDAY + KEPT, 3, 10)
    await centre.run("erase_files")
    row = "SELECT sequence, sha256, record_count, state, content IS NULL FROM outgoing_files"
    assert await centre.rows(row) == [(1, file.sha256, 1, "ERASED", True)]
    erased = "SELECT file_id, municipality, sha256, method, actor FROM erasures"
    assert await centre.rows(erased) == [
        (
            file.file_id,
            WARD_A.municipality,
            file.sha256,
            "content set to NULL",
            "job:erase_files",
        )
    ]
    assert await _erase_on(centre, file) == told
    await centre.publish(Slip(2), sequence=2)
    (second,) = await centre.files()
    assert (second.kind, second.sequence) == (BILLING_RESULT, 2)


async def test_another_ward_does_not_learn_that_a_file_was_erased(centre: Centre):
    file = await _one_file(centre)
    await centre.acknowledge(file)
    centre.at(TUESDAY + KEPT, 3, 10)
    await centre.run("erase_files")
    with pytest.raises(PeerRefused) as refused:
        await centre.collect(file, WARD_B)
    assert refused.value.code == "file_not_found"


async def test_the_record_of_erasures_stands_for_ever(centre: Centre):
    rights = (
        "SELECT has_table_privilege('erasures', 'UPDATE'),"
        " has_table_privilege('erasures', 'DELETE'), has_table_privilege('erasures', 'INSERT')"
    )
    assert await centre.rows(rights) == [(False, False, True)]
