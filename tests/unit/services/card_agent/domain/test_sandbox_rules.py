"""The rule file: what a rule fits, and that a file with a fault names rule, field and reason."""

from __future__ import annotations

import json
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.card_agent.domain.cards import Brand
from services.card_agent.domain.network_books import IssuerOutcome
from services.card_agent.domain.sandbox_rules import (
    Match,
    RuleQuestion,
    RulesUnreadable,
    load_rules,
)
from shared.kit.money import Yen

BARCODE = "91912345000011250112345678900025093000331386"
RULE = {"name": "one", "match": {}, "outcome": "refused"}

AMOUNT = "rule 1: match.amount_yen is whole yen from 1, or [from, to]"
SPAN = 'rule 1: match.time is ["HH:MM", "HH:MM"], Tokyo, the second one excluded'
EMPTY_SPAN = "rule 1: match.time is empty: it ends where it begins"


def asked(**changes) -> RuleQuestion:
    given = {
        "municipality": "131041",
        "amount_yen": Yen(33_138),
        "barcode": BARCODE,
        "brand": Brand.VISA,
        "at": time(10, 0),
    }
    return RuleQuestion(**(given | changes))


def one_rule(**changes):
    (rule,) = load_rules(json.dumps([RULE | changes]))
    return rule


def test_a_rule_says_what_follows() -> None:
    rule = one_rule(outcome="issuer_slow", delay_seconds=1.5, times=3)
    assert rule.course.outcome is IssuerOutcome.ISSUER_SLOW
    assert (rule.name, rule.course.delay_seconds, rule.times) == ("one", 1.5, 3)


def test_a_rule_without_a_match_fits_everything_as_often_as_it_comes() -> None:
    rule = one_rule()
    assert rule.fits(asked())
    assert (rule.times, rule.course.delay_seconds) == (None, 0)


@pytest.mark.parametrize(
    ("match", "other"),
    [
        ({"municipality": "131041"}, {"municipality": "131130"}),
        ({"amount_yen": 33_138}, {"amount_yen": Yen(33_139)}),
        ({"amount_yen": [33_138, 40_000]}, {"amount_yen": Yen(33_137)}),
        ({"amount_yen": [1, 33_138]}, {"amount_yen": Yen(33_139)}),
        ({"barcode": BARCODE}, {"barcode": None}),
        ({"brand": "VISA"}, {"brand": Brand.JCB}),
        ({"time": ["10:00", "11:00"]}, {"at": time(11, 0)}),
        ({"time": ["09:00", "10:01"]}, {"at": time(8, 59)}),
        ({"time": ["22:00", "10:01"]}, {"at": time(21, 59)}),
    ],
)
def test_each_field_of_a_match_is_looked_at(match, other) -> None:
    rule = one_rule(match=match)
    assert rule.fits(asked())
    assert not rule.fits(asked(**other))


def test_every_field_must_fit() -> None:
    rule = one_rule(match={"municipality": "131041", "brand": "JCB"})
    assert not rule.fits(asked())


@given(st.times(), st.times(), st.times())
def test_a_time_lies_in_a_span_or_in_its_complement(at, start, end) -> None:
    spans = ((start, end), (end, start))
    inside = [Match(time=span).fits(asked(at=at)) for span in spans if start != end]
    assert sum(inside) == (1 if start != end else 0)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "the rule file is not JSON"),
        ("{}", "the rule file is a list of rules"),
        ("[1]", "rule 1 is an object"),
        ('[{"name": "x"}]', "rule 1: missing or not known: match, outcome"),
    ],
)
def test_a_file_that_is_no_list_of_rules_is_refused(text, complaint) -> None:
    with pytest.raises(RulesUnreadable) as refused:
        load_rules(text)
    assert str(refused.value) == complaint


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"color": "red"}, "rule 1: missing or not known: color"),
        ({"name": "One"}, "rule 1: name is 1 to 40 of a-z, 0-9 and hyphen"),
        ({"name": None}, "rule 1: name is 1 to 40 of a-z, 0-9 and hyphen"),
        ({"outcome": "perhaps"}, "rule 1: outcome has no such value"),
        ({"outcome": []}, "rule 1: outcome has no such value"),
        ({"times": 0}, "rule 1: times is a whole number from 1"),
        ({"times": True}, "rule 1: times is a whole number from 1"),
        ({"times": 1.5}, "rule 1: times is a whole number from 1"),
        ({"delay_seconds": -1}, "rule 1: delay_seconds lies between 0 and 60"),
        ({"delay_seconds": 61}, "rule 1: delay_seconds lies between 0 and 60"),
        ({"delay_seconds": "1"}, "rule 1: delay_seconds is a number"),
        ({"delay_seconds": True}, "rule 1: delay_seconds is a number"),
        ({"match": []}, "rule 1: match is an object"),
        ({"match": {"town": "131041"}}, "rule 1: match: missing or not known: town"),
        ({"match": {"municipality": "13104"}}, "rule 1: match.municipality has 6 digits"),
        ({"match": {"municipality": 131041}}, "rule 1: match.municipality has 6 digits"),
        ({"match": {"amount_yen": 0}}, AMOUNT),
        ({"match": {"amount_yen": [2, 1]}}, AMOUNT),
        ({"match": {"amount_yen": [1, "2"]}}, AMOUNT),
        ({"match": {"amount_yen": [1]}}, AMOUNT),
        ({"match": {"amount_yen": 1.0}}, AMOUNT),
        ({"match": {"barcode": "1" * 44}}, "rule 1: match.barcode: malformed_barcode"),
        ({"match": {"barcode": BARCODE[:43] + "0"}}, "rule 1: match.barcode: wrong_check_digit"),
        ({"match": {"barcode": 1}}, "rule 1: match.barcode: malformed_barcode"),
        ({"match": {"brand": "visa"}}, "rule 1: match.brand has no such value"),
        ({"match": {"time": "10:00"}}, SPAN),
        ({"match": {"time": ["10:00", "24:00"]}}, SPAN),
        ({"match": {"time": ["9:00", "10:00"]}}, SPAN),
        ({"match": {"time": ["10:00", "10:00"]}}, EMPTY_SPAN),
    ],
)
def test_a_rule_with_a_fault_names_the_field_and_the_reason(changes, complaint) -> None:
    with pytest.raises(RulesUnreadable) as refused:
        load_rules(json.dumps([RULE | changes]))
    assert str(refused.value) == complaint


def test_the_same_name_twice_is_refused() -> None:
    with pytest.raises(RulesUnreadable, match="rule 2: name stands there twice"):
        load_rules(json.dumps([RULE, RULE]))


def test_an_empty_file_has_no_rules() -> None:
    assert load_rules("[]") == ()
