"""Each door's contract is written down in docs/contracts; a door that says otherwise fails here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.cli.contract_documents import contract_documents, nested
from deploy.cli.openapi import as_text
from shared.kit.arrow import Binary
from shared.wire.doors import DOORS, arrows_of

CONTRACTS = Path(__file__).resolve().parents[2] / "docs" / "contracts"
NAMES = tuple(f"{place.service}.{place.name}" for place in DOORS)
OCTETS = "application/octet-stream"


@pytest.fixture(scope="module")
def documents():
    """Return every door's document as the code makes it now."""
    return contract_documents()


@pytest.mark.parametrize("name", NAMES)
def test_a_door_still_says_what_its_contract_says(documents, name) -> None:
    written = (CONTRACTS / f"{name}.openapi.json").read_text("utf-8")
    assert as_text(documents[name]) == written, "the door changed: run mesh openapi and read on"


def test_there_is_a_contract_for_each_of_the_eleven_doors_and_no_other() -> None:
    assert len(NAMES) == 11
    assert {path.name for path in CONTRACTS.glob("*.json")} == {f"{n}.openapi.json" for n in NAMES}


@pytest.mark.parametrize("place", DOORS, ids=NAMES)
def test_a_contract_holds_every_arrow_of_its_door(documents, place) -> None:
    paths = documents[f"{place.service}.{place.name}"]["paths"]
    named = {op["operationId"] for methods in paths.values() for op in methods.values()}
    assert named == {arrow.name for arrow in arrows_of(place.service, place.name)}


def test_a_file_is_documented_as_bytes_both_ways(documents) -> None:
    found = 0
    for place in DOORS:
        paths = documents[f"{place.service}.{place.name}"]["paths"]
        for arrow in arrows_of(place.service, place.name):
            operation = paths[arrow.path][arrow.method.lower()]
            if arrow.question is Binary:
                assert list(operation["requestBody"]["content"]) == [OCTETS]
            if arrow.answer is Binary:
                assert list(operation["responses"][str(arrow.success)]["content"]) == [OCTETS]
            found += Binary in {arrow.question, arrow.answer}
    assert found >= 7


def test_a_contract_names_callers_logins_and_refusals(documents) -> None:
    paths = documents["lgwan_asp.lgwan"]["paths"]
    upload = paths["/billing-files"]["post"]["x-mesh"]
    assert upload["callers"] == ["ward-??????-terminal-??"]
    assert upload["sign_in"] == "session"
    assert "file_refused" in upload["refusals"]


def test_a_contract_is_the_same_wherever_it_is_made(documents) -> None:
    text = json.dumps(documents)
    assert "mesh-contracts-" not in text
    assert documents == contract_documents()


def test_settings_are_read_from_the_same_names_as_the_environment() -> None:
    read = nested({"X_DOOR__HOST": "here", "X_DOOR__PORT": "1", "X_SANDBOX": "true"}, "X_")
    assert read == {"door": {"host": "here", "port": "1"}, "sandbox": "true"}
