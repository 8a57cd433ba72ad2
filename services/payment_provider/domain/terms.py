"""The terms of use (利用規約) and the information items that payers are shown before they pay.

Knows the text of the terms file, not where it stands, and nobody who accepted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

_VERSION = re.compile(r"[0-9A-Za-z.-]{1,32}")
_ITEM_FIELDS = ("name", "purpose", "kept_by", "kept_for")


class TermsUnreadable(ValueError):  # noqa: N818 - named as a fact
    """The terms file does not say what it must; names the entry and the field."""


class NoTerms(LookupError):  # noqa: N818 - named as a fact
    """The terms file names no terms for that day: an incomplete file, not a payer's mistake."""


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of information that is handled, as its payer is told."""

    name: str
    purpose: str
    kept_by: str
    kept_for: str


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of the terms; in force from a Tokyo day until the next version's."""

    version: str
    in_force_from: date
    text: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That somebody with the app accepted a version. The app made the id; no name stands here.

    accepted_at is business time, machine_at machine time.
    """

    id: UUID
    version: str
    accepted_at: datetime
    machine_at: datetime


class TermsInTime:
    """Every version, by the day on which it begins."""

    def __init__(self, versions: tuple[Terms, ...]) -> None:
        """Refuse two versions of one name, or two that begin on one day."""
        names = {terms.version for terms in versions}
        days = {terms.in_force_from for terms in versions}
        if not len(names) == len(days) == len(versions):
            raise TermsUnreadable("two entries share a version or the day on which they begin")
        self._versions = tuple(sorted(versions, key=lambda terms: terms.in_force_from))

    def on(self, day: date) -> Terms:
        """Return the terms in force on a Tokyo day; raise NoTerms before the first."""
        begun = [terms for terms in self._versions if terms.in_force_from <= day]
        if not begun:
            raise NoTerms(f"no terms are in force on {day}")
        return begun[-1]


def load_terms(text: str) -> TermsInTime:
    """Read the terms file: a JSON list with one object for each version.

    Raises TermsUnreadable naming the entry (from 1) and the field.
    """
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise TermsUnreadable("the terms file is not JSON") from error
    if not isinstance(entries, list) or not entries:
        raise TermsUnreadable("the terms file is a list with an object for each version")
    return TermsInTime(tuple(_terms(entry, place) for place, entry in enumerate(entries, start=1)))


def _terms(entry: object, place: int) -> Terms:
    if not isinstance(entry, dict):
        raise TermsUnreadable(f"terms {place} are no object")
    version = _text(entry, "version", f"terms {place}")
    if not _VERSION.fullmatch(version):
        raise TermsUnreadable(f"terms {place}: version has 1 to 32 letters, digits, dots, hyphens")
    try:
        begins = date.fromisoformat(_text(entry, "in_force_from", f"terms {place}"))
    except ValueError as error:
        raise TermsUnreadable(f"terms {place}: in_force_from must be a day, YYYY-MM-DD") from error
    items = entry.get("items")
    if not isinstance(items, list) or not items:
        raise TermsUnreadable(f"terms {place}: items must be a list of what is handled")
    return Terms(
        version=version,
        in_force_from=begins,
        text=_text(entry, "text", f"terms {place}"),
        items=tuple(_item(item, f"terms {place} item {n}") for n, item in enumerate(items, 1)),
    )


def _item(entry: object, place: str) -> Item:
    if not isinstance(entry, dict):
        raise TermsUnreadable(f"{place} is no object")
    return Item(*(_text(entry, name, place) for name in _ITEM_FIELDS))


def _text(entry: Mapping[str, object], name: str, place: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise TermsUnreadable(f"{place}: {name} must be text")
    return value
