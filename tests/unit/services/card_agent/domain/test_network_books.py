"""Reserved numbers and outcomes: every one is reachable, named alike on the wire, and explained."""

from __future__ import annotations

from typing import get_args

import pytest

from services.card_agent.clients.card_network import NetworkAnswer
from services.card_agent.domain.card_tokens import read_scenario
from services.card_agent.domain.cards import Brand, brand_of
from services.card_agent.domain.network_books import (
    DECLINE_REASONS,
    DEFAULT_LIMIT_YEN,
    LOW_LIMIT_YEN,
    MEANINGS,
    RESERVED_NUMBERS,
    IssuerOutcome,
    NetworkOutcome,
    course_of,
    limit_of,
)
from services.card_agent.domain.refusals import (
    DECLINES_BY_NETWORK,
    LASTING_REFUSALS,
    CardRefused,
    ScenarioUnknown,
)
from shared.wire.card_authorisations import DECLINE_CODES
from shared.wire.card_tokens import SCENARIOS


def test_the_scenarios_of_the_wire_are_the_outcomes_of_the_networks() -> None:
    assert tuple(outcome.value for outcome in IssuerOutcome) == SCENARIOS
    assert set(MEANINGS) == set(IssuerOutcome)


@pytest.mark.parametrize("reserved", RESERVED_NUMBERS.values(), ids=str)
def test_a_reserved_number_lies_in_the_range_of_its_brand(reserved) -> None:
    assert brand_of(reserved.number) is reserved.brand


def test_every_outcome_but_a_forced_yes_has_a_number() -> None:
    outcomes = {reserved.outcome for reserved in RESERVED_NUMBERS.values()}
    assert outcomes == {None, *IssuerOutcome} - {IssuerOutcome.APPROVE}


@pytest.mark.parametrize("brand", Brand)
def test_every_brand_can_be_approved_and_declined_in_every_way(brand) -> None:
    outcomes = {r.outcome for r in RESERVED_NUMBERS.values() if r.brand is brand}
    ways = {"over_limit", "expired", "refused", "stolen"}
    assert outcomes >= {None, *map(IssuerOutcome, ways)}


def test_a_number_that_is_not_reserved_is_a_good_card() -> None:
    assert course_of("4012888888881881").outcome is None
    assert limit_of("4012888888881881") == DEFAULT_LIMIT_YEN


def test_one_reserved_card_has_a_low_limit() -> None:
    low = [r for r in RESERVED_NUMBERS.values() if r.limit_yen != DEFAULT_LIMIT_YEN]
    assert [limit_of(r.number) for r in low] == [LOW_LIMIT_YEN]


def test_every_reason_of_a_network_is_a_lasting_no_of_ours_and_on_the_wire() -> None:
    told = {r if r in DECLINES_BY_NETWORK else CardRefused.code for r in DECLINE_REASONS.values()}
    assert told == DECLINES_BY_NETWORK == set(DECLINE_CODES)
    assert set(LASTING_REFUSALS) >= DECLINES_BY_NETWORK


def test_the_outcomes_of_the_conversation_are_those_of_the_books() -> None:
    told = get_args(NetworkAnswer.model_fields["outcome"].annotation)
    assert set(told) == {outcome.value for outcome in NetworkOutcome}


def test_a_reserved_number_does_not_show_in_a_repr() -> None:
    assert not [r for r in RESERVED_NUMBERS.values() if r.number in repr(r)]


@pytest.mark.parametrize("text", ["", "Approve", "approve ", "4111111111111111"])
def test_a_scenario_of_another_name_is_refused_and_not_repeated(text) -> None:
    with pytest.raises(ScenarioUnknown) as refused:
        read_scenario(text)
    assert not text or text not in refused.value.detail
    assert read_scenario(None) is None
