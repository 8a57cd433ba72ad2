"""The sandbox's rule file: which question to a card network ends how, how late, and how often.

OWN DESIGN. Knows the file's text, not its place, and counts nothing itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from services.card_agent.domain.cards import Brand
from services.card_agent.domain.network_books import Course, IssuerOutcome
from shared.keys.barcode import demand_barcode_form
from shared.keys.problems import KeyProblem
from shared.kit.money import Yen

DELAY_SECONDS_MAX = 60
_NAME = re.compile(r"[a-z0-9-]{1,40}")
_MUNICIPALITY = re.compile(r"[0-9]{6}")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class RulesUnreadable(ValueError):  # noqa: N818 - named as a fact
    """The rule file does not say what a rule must say; names rule, field and reason."""


@dataclass(frozen=True)
class RuleQuestion:
    """What a rule may look at: the premium (yen), and the Tokyo time of day (business time)."""

    municipality: str
    amount_yen: Yen
    barcode: str | None
    brand: Brand
    at: time


@dataclass(frozen=True)
class Match:
    """What a question must be; None: anything. amount_yen includes both ends, time its first."""

    municipality: str | None = None
    amount_yen: tuple[Yen, Yen] | None = None
    barcode: str | None = field(default=None, repr=False)
    brand: Brand | None = None
    time: tuple[time, time] | None = None

    def fits(self, question: RuleQuestion) -> bool:
        """Say whether a question is like this."""
        low, high = self.amount_yen or (question.amount_yen, question.amount_yen)
        return (
            self.municipality in {None, question.municipality}
            and self.barcode in {None, question.barcode}
            and self.brand in {None, question.brand}
            and low <= question.amount_yen <= high
            and (self.time is None or _lies_between(question.at, *self.time))
        )


@dataclass(frozen=True)
class Rule:
    """A match and what follows; times None: as often as it fits."""

    name: str
    match: Match
    course: Course
    times: int | None

    def fits(self, question: RuleQuestion) -> bool:
        """Say whether this rule is about that question."""
        return self.match.fits(question)


def _lies_between(at: time, start: time, end: time) -> bool:
    """Say whether a time of day lies in a span, which may go on past midnight."""
    return start <= at < end if start < end else at >= start or at < end


def load_rules(text: str) -> tuple[Rule, ...]:
    """Read a rule file, a JSON list; the first rule that fits a question is the one that is used.

    A rule is {name, match: {municipality, amount_yen: n or [from, to], barcode, brand,
    time: ["HH:MM", "HH:MM"]}, outcome, delay_seconds, times}; all of match, delay_seconds and
    times may be left out. Raises RulesUnreadable, naming rule, field and reason.
    """
    try:
        loaded = json.loads(text)
    except ValueError as error:
        raise RulesUnreadable("the rule file is not JSON") from error
    if not isinstance(loaded, list):
        raise RulesUnreadable("the rule file is a list of rules")
    rules = tuple(_rule(entry, f"rule {number}") for number, entry in enumerate(loaded, 1))
    names: set[str] = set()
    for number, rule in enumerate(rules, 1):
        if rule.name in names:
            raise RulesUnreadable(f"rule {number}: name stands there twice")
        names.add(rule.name)
    return rules


def _rule(entry: object, place: str) -> Rule:
    found = _object(entry, place, {"name", "match", "outcome"}, {"delay_seconds", "times"})
    name = found["name"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise RulesUnreadable(f"{place}: name is 1 to 40 of a-z, 0-9 and hyphen")
    delay, times = found.get("delay_seconds", 0), found.get("times")
    if isinstance(delay, bool) or not isinstance(delay, int | float):
        raise RulesUnreadable(f"{place}: delay_seconds is a number")
    if not 0 <= delay <= DELAY_SECONDS_MAX:
        raise RulesUnreadable(f"{place}: delay_seconds lies between 0 and {DELAY_SECONDS_MAX}")
    if times is not None and (not _is_whole(times) or times < 1):
        raise RulesUnreadable(f"{place}: times is a whole number from 1")
    outcome = _one_of(IssuerOutcome, found["outcome"], f"{place}: outcome")
    return Rule(name, _match(found["match"], f"{place}: match"), Course(outcome, delay), times)


def _match(entry: object, place: str) -> Match:
    found = _object(entry, place, set(), set(_READERS))
    return Match(**{name: _READERS[name](found[name], f"{place}.{name}") for name in found})


def _object(entry: object, place: str, needed: set[str], allowed: set[str]) -> Mapping[str, Any]:
    if not isinstance(entry, dict):
        raise RulesUnreadable(f"{place} is an object")
    strange = sorted((needed - set(entry)) | (set(entry) - needed - allowed))
    if strange:
        raise RulesUnreadable(f"{place}: missing or not known: {', '.join(strange)}")
    return entry


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _one_of(kind: Callable[[Any], Any], value: object, place: str) -> Any:  # noqa: ANN401 - an enum's member
    try:
        return kind(value)
    except ValueError:
        raise RulesUnreadable(f"{place} has no such value") from None


def _municipality(value: object, place: str) -> str:
    if not isinstance(value, str) or not _MUNICIPALITY.fullmatch(value):
        raise RulesUnreadable(f"{place} has 6 digits")
    return value


def _amount_yen(value: object, place: str) -> tuple[Yen, Yen]:
    ends: list[Any] = value if isinstance(value, list) else [value, value]
    if len(ends) != 2 or not all(_is_whole(end) for end in ends) or not 1 <= ends[0] <= ends[1]:  # noqa: PLR2004 - from, to
        raise RulesUnreadable(f"{place} is whole yen from 1, or [from, to]")
    return Yen(ends[0]), Yen(ends[1])


def _barcode(value: object, place: str) -> str:
    try:
        demand_barcode_form(value if isinstance(value, str) else "")
    except KeyProblem as problem:
        raise RulesUnreadable(f"{place}: {problem.code}") from problem
    return str(value)


def _brand(value: object, place: str) -> Brand:
    brand: Brand = _one_of(Brand, value, place)
    return brand


def _time(value: object, place: str) -> tuple[time, time]:
    ends = value if isinstance(value, list) else []
    if len(ends) != 2 or not all(isinstance(e, str) and _TIME.fullmatch(e) for e in ends):  # noqa: PLR2004 - from, to
        raise RulesUnreadable(f'{place} is ["HH:MM", "HH:MM"], Tokyo, the second one excluded')
    start, end = (time.fromisoformat(each) for each in ends)
    if start == end:
        raise RulesUnreadable(f"{place} is empty: it ends where it begins")
    return start, end


_READERS: Mapping[str, Callable[[object, str], Any]] = {
    "municipality": _municipality,
    "amount_yen": _amount_yen,
    "barcode": _barcode,
    "brand": _brand,
    "time": _time,
}
