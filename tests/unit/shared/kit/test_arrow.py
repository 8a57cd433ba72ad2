"""Arrows: questions as data."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from shared.kit.arrow import Arrow, NoBody, Wire, arrows_at


class Parcel(Wire):
    grams: int


def arrow(*callers: str, path: str = "/parcels", callee: str = "post", door: str = "yard") -> Arrow:
    return Arrow("send", callee, door, "GET", path, NoBody, Parcel, callers)


@pytest.mark.parametrize(
    ("name", "admitted"),
    [
        ("ward-131041-terminal-01", True),
        ("bank-0001", True),
        ("bank-00011", False),
        ("bank-0001-x", False),
        ("Bank-0001", False),
        ("operator", False),
        ("", False),
    ],
)
def test_an_arrow_admits_the_callers_of_its_patterns_only(name, admitted):
    assert arrow("ward-*", "bank-????").admits(name) is admitted


def test_an_arrow_without_callers_admits_nobody_with_a_certificate():
    assert not arrow().admits("ward-131041-terminal-01")


def test_placeholders_are_filled_in():
    assert arrow(path="/parcels/{id}/lines/{line}").url(id=7, line="a") == "/parcels/7/lines/a"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("a/b", "/parcels/a%2Fb"),
        ("a?admin=1", "/parcels/a%3Fadmin%3D1"),
        ("a#b", "/parcels/a%23b"),
        ("100%", "/parcels/100%25"),
    ],
)
def test_a_value_cannot_leave_its_segment_of_the_path(value, path):
    assert arrow(path="/parcels/{id}").url(id=value) == path


def test_a_missing_placeholder_is_an_error():
    with pytest.raises(KeyError):
        arrow(path="/parcels/{id}").url()


def test_the_arrows_of_one_door_are_found():
    here, other_door, elsewhere = arrow(), arrow(door="gate"), arrow(callee="bank")
    assert arrows_at((other_door, here, elsewhere), "post", "yard") == (here,)


def test_a_body_is_frozen_and_takes_nothing_that_is_not_agreed():
    with pytest.raises(ValidationError, match="frozen"):
        Parcel(grams=1).grams = 2
    with pytest.raises(ValidationError, match="Extra inputs"):
        Parcel.model_validate_json('{"grams": 1, "colour": "red"}')


def test_a_bodys_error_does_not_repeat_what_was_sent():
    with pytest.raises(ValidationError) as caught:
        Parcel.model_validate_json('{"grams": "yamada"}')
    assert "yamada" not in str(caught.value)
