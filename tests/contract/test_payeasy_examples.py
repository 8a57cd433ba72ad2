"""The examples of Pay-easy's telegrams: each code of each arrow has one, and each one parses."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from deploy.cli.contract_documents import contract_documents
from services.lgwan_asp.domain.inquiries import TelegramCode
from shared.wire.payeasy import ARROWS, RESULTS
from shared.wire.payeasy_examples import ANSWERS, QUESTIONS

CASES = [(arrow, code) for arrow in ARROWS for code in ANSWERS[arrow.name]]


def _codes(arrow) -> set[str]:
    return set(get_args(arrow.answer.model_fields["result"].annotation))


@pytest.mark.parametrize("arrow", ARROWS, ids=lambda arrow: arrow.name)
def test_each_result_code_of_an_arrow_has_an_example_and_no_other_has(arrow):
    assert set(ANSWERS[arrow.name]) == _codes(arrow)
    assert {body["result"] for body in ANSWERS[arrow.name].values()} == _codes(arrow)


@pytest.mark.parametrize(("arrow", "code"), CASES, ids=lambda each: getattr(each, "name", each))
def test_an_example_parses_and_is_what_we_would_write(arrow, code):
    body = ANSWERS[arrow.name][code]
    parsed = arrow.answer.model_validate_json(json.dumps(body))
    assert parsed.result == code
    assert json.loads(parsed.model_dump_json()) == body


@pytest.mark.parametrize("arrow", ARROWS, ids=lambda arrow: arrow.name)
def test_a_question_parses_and_is_what_a_bank_would_write(arrow):
    body = QUESTIONS[arrow.name]
    parsed = arrow.question.model_validate_json(json.dumps(body))
    assert json.loads(parsed.model_dump_json()) == body


def test_every_code_of_the_centre_travels_on_some_arrow_and_is_explained():
    travelling = {code for arrow in ARROWS for code in _codes(arrow)}
    assert travelling == {code.value for code in TelegramCode} == set(RESULTS)


def test_the_contract_documents_show_every_example():
    paths = contract_documents()["lgwan_asp.mpn"]["paths"]
    for arrow in ARROWS:
        operation = paths[arrow.path][arrow.method.lower()]
        answer = operation["responses"][str(arrow.success)]["content"]["application/json"]
        shown = {code: each["value"] for code, each in answer["examples"].items()}
        assert shown == ANSWERS[arrow.name]
        assert all(each["summary"] == RESULTS[c] for c, each in answer["examples"].items())
        assert (
            operation["requestBody"]["content"]["application/json"]["example"]
            == (QUESTIONS[arrow.name])
        )
