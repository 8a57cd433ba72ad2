"""Ward A's certificate, password and token open nothing of ward B's, on any route of the door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio

from shared.kit.arrow import AnyArrow, Binary
from shared.kit.ids import new_id
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.kit.standard_arrows import LogIn
from shared.wire.billing_uploads import READ_BILLING_FILE, UPLOAD_BILLING
from shared.wire.doors import LOG_IN, WHOAMI, arrows_of
from shared.wire.file_collection import AT_CENTRE, AcknowledgeFile, FileListed
from tests.integration.services.lgwan_asp.conftest import (
    PASSWORD,
    SERVICE,
    WARD_A,
    WARD_B,
    Centre,
    Slip,
    billing_file,
)

ARROWS = {arrow.name: arrow for arrow in arrows_of(SERVICE, "lgwan")}
THEIRS = Slip(1, ward=WARD_B, amount_yen=777)
BOOKS = (
    "SELECT * FROM billing_files ORDER BY id",
    "SELECT * FROM billing_records ORDER BY file_id, record_seq",
    "SELECT * FROM billing_sequences ORDER BY institution_number",
    "SELECT * FROM bills ORDER BY payment_number, institution_number",
    "SELECT id, state, version, acknowledged_at FROM outgoing_files ORDER BY id",
    "SELECT * FROM exceptions ORDER BY id",
)


@dataclass
class TheirFile:
    """Ward B's books before anybody tried: one applied upload, and its result that waits."""

    centre: Centre
    file: FileListed
    upload: bytes

    async def books(self) -> list[list[tuple]]:
        return [await self.centre.rows(query) for query in BOOKS]


@pytest_asyncio.fixture
async def theirs(centre: Centre) -> TheirFile:
    await centre.publish(THEIRS, ward=WARD_B)
    (file,) = await centre.files(WARD_B)
    return TheirFile(centre, file, billing_file([THEIRS.record()], 2, WARD_B))


async def _no(asked: Awaitable[object]) -> str:
    """Return the code of a refusal; one that stands in no contract is an unknown outcome."""
    with pytest.raises((PeerRefused, PeerOutcomeUnknown)) as told:
        await asked
    error = told.value
    return error.code if isinstance(error, PeerRefused) else str(error).split()[-1]


async def _whoami(theirs: TheirFile) -> None:
    seen = await theirs.centre.terminal(WARD_A).ask(WHOAMI[SERVICE, "lgwan"])
    assert seen.caller == f"ward-{WARD_A.municipality}-terminal-01"


async def _log_in(theirs: TheirFile) -> None:
    for purpose in ("session", "reception"):
        body = LogIn(user_id=f"terminal-{WARD_B.municipality}", password=PASSWORD, purpose=purpose)
        asked = theirs.centre.terminal(WARD_A).ask(LOG_IN[SERVICE, "lgwan"], body)
        assert await _no(asked) == "not_your_municipality"


async def _upload(theirs: TheirFile) -> None:
    assert await _no(theirs.centre.upload(theirs.upload, WARD_A)) == "institution_not_yours"
    with_our_seals = billing_file([THEIRS.record()], 2, WARD_B, WARD_A.tamper_key)
    assert await _no(theirs.centre.upload(with_our_seals, WARD_A)) == "institution_not_yours"


async def _read_upload(theirs: TheirFile) -> None:
    centre = theirs.centre
    asked = centre.terminal(WARD_A).ask(
        READ_BILLING_FILE,
        token=await centre.token(WARD_A),
        institution_number=WARD_B.institution,
        file_sequence=1,
    )
    assert await _no(asked) == "institution_not_yours"
    assert await _no(centre.billing_state(1, WARD_A)) == "file_not_found"


async def _list(theirs: TheirFile) -> None:
    assert await theirs.centre.files(WARD_A) == []
    await theirs.centre.publish(Slip(1))
    listed = await theirs.centre.files(WARD_A)
    assert [(file.municipality, file.sequence) for file in listed] == [(WARD_A.municipality, 1)]


async def _collect(theirs: TheirFile) -> None:
    assert await _no(theirs.centre.collect(theirs.file, WARD_A)) == "file_not_found"


async def _acknowledge(theirs: TheirFile) -> None:
    centre = theirs.centre
    assert await _no(centre.acknowledge(theirs.file, WARD_A)) == "file_not_found"
    wrong = theirs.file.model_copy(update={"sha256": "0" * 64})
    assert await _no(centre.acknowledge(wrong, WARD_A)) == "file_not_found"


CASES: dict[str, Callable[[TheirFile], Awaitable[None]]] = {
    WHOAMI[SERVICE, "lgwan"].name: _whoami,
    LOG_IN[SERVICE, "lgwan"].name: _log_in,
    UPLOAD_BILLING.name: _upload,
    READ_BILLING_FILE.name: _read_upload,
    AT_CENTRE.list_files.name: _list,
    AT_CENTRE.collect_file.name: _collect,
    AT_CENTRE.acknowledge_file.name: _acknowledge,
}
LEAVES_OUR_OWN_ROWS = {AT_CENTRE.list_files.name}


def test_every_arrow_of_the_wards_door_has_a_case():
    assert set(CASES) == set(ARROWS)


@pytest.mark.parametrize("name", sorted(CASES))
async def test_a_ward_reaches_nothing_of_another_wards(theirs: TheirFile, name: str):
    before = await theirs.books()
    await CASES[name](theirs)
    if name not in LEAVES_OUR_OWN_ROWS:
        assert await theirs.books() == before
    (file,) = await theirs.centre.files(WARD_B)
    assert file == theirs.file


def _question(arrow: AnyArrow, theirs: TheirFile) -> object:
    if arrow.question is Binary:
        return theirs.upload
    if arrow.question is AcknowledgeFile:
        return AcknowledgeFile(file_id=theirs.file.file_id, sha256=theirs.file.sha256)
    return None


def _places(arrow: AnyArrow, theirs: TheirFile) -> dict[str, object]:
    every = {
        "file_id": theirs.file.file_id,
        "institution_number": WARD_B.institution,
        "file_sequence": 1,
    }
    return {name: value for name, value in every.items() if f"{{{name}}}" in arrow.path}


SIGNED_IN = sorted(name for name, arrow in ARROWS.items() if arrow.sign_in)


@pytest.mark.parametrize("name", SIGNED_IN)
async def test_another_wards_token_is_worth_nothing_over_our_certificate(
    theirs: TheirFile, name: str
):
    centre, arrow = theirs.centre, ARROWS[name]
    token = await centre.token(WARD_B, arrow.sign_in)
    before = await theirs.books()
    question, places = _question(arrow, theirs), _places(arrow, theirs)
    asked = centre.terminal(WARD_A).ask(arrow, question, token=token, **places)
    assert await _no(asked) == "token_refused"
    assert await theirs.books() == before


@pytest.mark.parametrize("name", SIGNED_IN)
async def test_their_files_need_their_token_and_their_certificate(theirs: TheirFile, name: str):
    centre, arrow = theirs.centre, ARROWS[name]
    token = await centre.token(WARD_A, arrow.sign_in)
    question, places = _question(arrow, theirs), _places(arrow, theirs)
    asked = centre.terminal(WARD_B).ask(arrow, question, token=token, **places)
    assert await _no(asked) == "token_refused"


async def test_both_wards_count_their_files_from_one_and_see_only_their_own_counts(
    theirs: TheirFile,
):
    centre = theirs.centre
    await centre.publish(Slip(1), Slip(2))
    (ours,) = await centre.files(WARD_A)
    assert (ours.sequence, ours.record_count) == (1, 2)
    (file,) = await centre.files(WARD_B)
    assert (file.sequence, file.record_count) == (1, 1)
    assert (await centre.billing_state(1, WARD_A)).total_yen == 24_600
    assert (await centre.billing_state(1, WARD_B)).total_yen == 777


async def test_an_id_that_nobody_has_is_told_like_one_of_theirs(theirs: TheirFile):
    nobodys = theirs.file.model_copy(update={"file_id": new_id()})
    assert await _no(theirs.centre.collect(nobodys, WARD_A)) == "file_not_found"
    assert await _no(theirs.centre.acknowledge(nobodys, WARD_A)) == "file_not_found"
