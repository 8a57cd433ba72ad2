"""The examples of counter payments in bulk and of daily totals: each result has one that parses."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from deploy.cli.contract_documents import contract_documents
from services.lgwan_asp.domain.bank_totals import TotalsCode
from services.lgwan_asp.domain.counter_payments import EXCEPTION_OF, CounterCode
from shared.wire.payeasy_bulk import BULK_RESULTS, NOTIFY_IN_BULK, BulkResult
from shared.wire.payeasy_examples import ANSWERS, QUESTIONS
from shared.wire.payeasy_totals import TELL_DAILY_TOTALS, TOTALS_RESULTS, TotalsResult

EXAMPLES = ANSWERS[NOTIFY_IN_BULK.name]
SYSTEM_FAILURE = "90"


def test_each_result_has_an_example_a_meaning_and_a_rule():
    decided = {code.value for code in CounterCode}
    assert set(EXAMPLES) == set(get_args(BulkResult)) == set(BULK_RESULTS)
    assert decided | {SYSTEM_FAILURE} == set(BULK_RESULTS)
    assert set(EXCEPTION_OF) == set(CounterCode) - {CounterCode.OK}


@pytest.mark.parametrize("code", EXAMPLES)
def test_an_answer_parses_and_is_what_we_would_write(code):
    parsed = NOTIFY_IN_BULK.answer.model_validate_json(json.dumps(EXAMPLES[code]))
    assert json.loads(parsed.model_dump_json()) == EXAMPLES[code]


def test_the_batch_parses_and_is_what_a_bank_would_write():
    body = QUESTIONS[NOTIFY_IN_BULK.name]
    parsed = NOTIFY_IN_BULK.question.model_validate_json(json.dumps(body))
    assert json.loads(parsed.model_dump_json()) == body


def test_the_contract_document_shows_every_result_with_its_own_meaning():
    operation = contract_documents()["lgwan_asp.mpn"]["paths"][NOTIFY_IN_BULK.path]["post"]
    answer = operation["responses"]["200"]["content"]["application/json"]
    shown = {code: each["summary"] for code, each in answer["examples"].items()}
    assert shown == BULK_RESULTS


def test_each_result_of_a_daily_total_has_an_example_a_meaning_and_a_rule():
    answers = ANSWERS[TELL_DAILY_TOTALS.name]
    decided = {code.value for code in TotalsCode}
    assert set(answers) == set(get_args(TotalsResult)) == set(TOTALS_RESULTS)
    assert decided | {SYSTEM_FAILURE} == set(TOTALS_RESULTS)
    for code, body in answers.items():
        parsed = TELL_DAILY_TOTALS.answer.model_validate_json(json.dumps(body))
        assert (parsed.result, json.loads(parsed.model_dump_json())) == (code, body)
    asked = QUESTIONS[TELL_DAILY_TOTALS.name]
    question = TELL_DAILY_TOTALS.question.model_validate_json(json.dumps(asked))
    assert json.loads(question.model_dump_json()) == asked
