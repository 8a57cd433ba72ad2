"""Every operation of every door shows a question that succeeds and what was answered to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from deploy.cli.contract_documents import JSON, OCTETS, contract_documents
from shared.kit.arrow import Binary, NoBody
from shared.wire.doors import ARROWS, DOORS, arrows_of
from shared.wire.examples import (
    FILES,
    answer_file,
    example_of,
    examples_at,
    place_of,
    question_file,
)
from shared.wire.payeasy_examples import ANSWERS

NAMES = [f"{place.service}.{place.name}" for place in DOORS]
CONTRACTS = Path(__file__).resolve().parents[2] / "docs" / "contracts"
HOW_TO = (
    "lack an example: give each a right question (tests/contract/right_questions.py, "
    "operator_questions.py or payeasy_questions.py), then run "
    "`python -m tests.contract.gather_examples`, which asks it and writes both sides down in "
    "shared/wire/examples, and `mesh openapi`"
)


@pytest.fixture(scope="module")
def documents():
    """Return every door's document as the code makes it now."""
    return contract_documents()


def shown(content: dict) -> bool:
    """Say whether a media type shows an example: one, or named ones."""
    (media,) = content.values()
    return "example" in media or bool(media.get("examples"))


def lacks(operation: dict, arrow) -> bool:
    """Say whether an operation leaves anything without an example."""
    body = operation.get("requestBody")
    needed = [p for p in operation.get("parameters", []) if p.get("required")]
    answers = [r["content"] for r in operation["responses"].values() if r.get("content")]
    without_answer = arrow.answer is NoBody
    return (
        any("example" not in parameter for parameter in needed)
        or (body is not None and not shown(body["content"]))
        or not all(shown(content) for content in answers)
        or (not without_answer and "content" not in operation["responses"][str(arrow.success)])
    )


def test_every_operation_shows_its_question_and_an_answer_of_every_code(documents) -> None:
    found = [
        f"{place.service}.{place.name} {arrow.name}"
        for place in DOORS
        for arrow in arrows_of(place.service, place.name)
        if lacks(
            documents[f"{place.service}.{place.name}"]["paths"][arrow.path][arrow.method.lower()],
            arrow,
        )
        or (arrow.name not in ANSWERS and example_of(arrow) is None)
    ]
    assert not found, f"{', '.join(found)}: {HOW_TO}"


@pytest.mark.parametrize("place", DOORS, ids=NAMES)
def test_no_example_is_left_of_an_arrow_that_is_gone(place) -> None:
    names = {arrow.name for arrow in arrows_of(place.service, place.name)}
    assert set(examples_at(place.service, place.name)) <= names
    assert place_of(place.service, place.name).exists()


def test_every_file_is_the_example_of_a_file() -> None:
    wanted = {question_file(a) for a in ARROWS if a.question is Binary}
    wanted |= {answer_file(a) for a in ARROWS if a.answer is Binary}
    assert {path for path in FILES.iterdir() if path.name != ".gitattributes"} == wanted
    assert all(path.stat().st_size > 0 for path in wanted)


@pytest.mark.parametrize("arrow", ARROWS, ids=lambda arrow: arrow.name)
def test_what_is_shown_is_what_the_bodies_own_rules_allow(arrow) -> None:
    example = example_of(arrow)
    if arrow.name in ANSWERS:  # tests/contract/test_payeasy_examples.py looks at these
        assert example is None
        return
    assert example is not None, f"{arrow.name}: {HOW_TO}"
    if arrow.question not in {Binary, NoBody}:
        arrow.question.model_validate_json(json.dumps(example.body))
    if arrow.answer not in {Binary, NoBody}:
        parsed = arrow.answer.model_validate_json(json.dumps(example.answer))
        assert TypeAdapter(arrow.answer).dump_python(parsed, mode="json") == example.answer
    assert arrow.url(**example.path).count("{") == 0


def test_a_file_is_shown_by_where_it_stands_in_the_repository(documents) -> None:
    upload = documents["lgwan_asp.lgwan"]["paths"]["/billing-files"]["post"]
    (file,) = upload["requestBody"]["content"][OCTETS]["examples"].values()
    assert (CONTRACTS / file["externalValue"]).resolve() == FILES / "upload_billing.question"


def test_an_operation_without_an_example_would_be_found(documents) -> None:
    (arrow,) = (a for a in ARROWS if a.name == "issue_slips")
    operation = documents["ward_gateway.intranet"]["paths"][arrow.path]["post"]
    assert not lacks(operation, arrow)
    bare = json.loads(json.dumps(operation))
    del bare["requestBody"]["content"][JSON]["example"]
    assert lacks(bare, arrow)
    bare = json.loads(json.dumps(operation))
    del bare["responses"][str(arrow.success)]["content"][JSON]["example"]
    assert lacks(bare, arrow)
