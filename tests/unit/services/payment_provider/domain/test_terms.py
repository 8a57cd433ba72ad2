"""The terms file: what it must say, which version is in force, and how the file is refused."""

from __future__ import annotations

from datetime import date

import pytest

from services.payment_provider.domain.terms import NoTerms, TermsUnreadable, load_terms
from tests.unit.services.payment_provider.samples import NEXT_TERMS, TERMS, terms, terms_text


def test_a_version_is_in_force_from_its_day_until_the_next_ones():
    versions = load_terms(terms_text())
    assert versions.on(date(2025, 4, 1)).version == "2025-1"
    assert versions.on(date(2026, 3, 31)).version == "2025-1"
    assert versions.on(date(2026, 4, 1)).version == "2025-2"
    with pytest.raises(NoTerms, match="2025-03-31"):
        versions.on(date(2025, 3, 31))


def test_every_item_of_information_is_read():
    found = load_terms(terms_text()).on(date(2025, 4, 1))
    assert [(i.name, i.kept_for) for i in found.items] == [("納付書", "一年"), ("日時", "五年")]
    assert found.text == TERMS["text"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"version": ""}, "version"),
        ({"version": "2025/1"}, "version"),
        ({"version": 20251}, "version"),
        ({"in_force_from": "2025-13-01"}, "in_force_from"),
        ({"in_force_from": None}, "in_force_from"),
        ({"text": "  "}, "text"),
        ({"items": []}, "items"),
        ({"items": ["納付書"]}, "item 1"),
        ({"items": [TERMS["items"][0], {"name": "日時"}]}, "item 2: purpose"),
    ],
)
def test_a_wrong_field_is_named_with_its_entry(changes, named):
    with pytest.raises(TermsUnreadable, match=f"terms 2.*{named}"):
        load_terms(terms_text(NEXT_TERMS, terms(**changes)))


@pytest.mark.parametrize("text", ["", "{}", "[]", '["x"]', "not json"])
def test_a_file_that_is_no_list_of_versions_is_refused(text):
    with pytest.raises(TermsUnreadable):
        load_terms(text)


@pytest.mark.parametrize("changes", [{"version": "2025-3"}, {"in_force_from": "2025-05-01"}])
def test_two_versions_of_one_name_or_one_day_are_refused(changes):
    with pytest.raises(TermsUnreadable, match="share"):
        load_terms(terms_text(TERMS, terms(**changes)))
