"""The contract of the token door lists all three ways to choose what the sandbox's networks do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from deploy.cli.contract_documents import contract_documents
from services.card_agent.api.sandbox_notes import BY_THE_CARD
from services.card_agent.domain.network_books import RESERVED_NUMBERS, IssuerOutcome
from services.card_agent.domain.sandbox_rules import load_rules
from shared.wire.card_tokens import SCENARIO_HEADER, SCENARIOS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sandbox.md"


@pytest.fixture(scope="module")
def operation():
    """The operation of POST /card-tokens, as the code makes it now."""
    return contract_documents()["card_agent.payers"]["paths"]["/card-tokens"]["post"]


def test_the_header_is_listed_with_every_scenario(operation) -> None:
    (header,) = [p for p in operation["parameters"] if p["in"] == "header"]
    assert (header["name"], header["required"]) == (SCENARIO_HEADER, False)
    assert json.dumps(list(SCENARIOS)) in json.dumps(header["schema"])
    assert set(operation["x-sandbox"]["outcomes"]) == set(SCENARIOS)


def test_every_reserved_number_is_listed_with_its_outcome(operation) -> None:
    listed = {n["card_number"]: n for n in operation["x-sandbox"]["reserved_numbers"]}
    assert set(listed) == set(RESERVED_NUMBERS)
    for number, reserved in RESERVED_NUMBERS.items():
        assert listed[number]["outcome"] == (reserved.outcome or BY_THE_CARD)
        assert listed[number]["limit_yen"] == reserved.limit_yen


def test_the_rule_file_s_schema_names_every_field_that_is_read(operation) -> None:
    rule = operation["x-sandbox"]["rule_file"]["items"]["properties"]
    assert set(rule) == {"name", "match", "outcome", "delay_seconds", "times"}
    assert set(rule["outcome"]["enum"]) == {outcome.value for outcome in IssuerOutcome}
    everything = {
        "municipality": "131041",
        "amount_yen": [1, 2],
        "barcode": "91912345000011250112345678900025093000331386",
        "brand": rule["match"]["properties"]["brand"]["enum"][0],
        "time": ["10:00", "11:00"],
    }
    assert set(rule["match"]["properties"]) == set(everything)
    entry = {"name": "all", "match": everything, "outcome": "approve", "delay_seconds": 60}
    assert len(load_rules(json.dumps([entry | {"times": 1}]))) == 1


def test_the_contract_says_that_the_door_counts_addresses_and_takes_scenarios(operation) -> None:
    assert operation["x-mesh"]["per_address"]
    assert operation["x-mesh"]["takes_scenario"]


def test_the_page_s_own_rule_file_is_read_and_its_outcomes_are_all_there() -> None:
    text = PAGE.read_text("utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert load_rules(example)[0].name == "first-two-time-out"
    assert [s for s in SCENARIOS if f"`{s}`" not in text] == []
