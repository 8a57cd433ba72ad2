"""Refusals: a class for each, whose docstring is its message."""

from __future__ import annotations

import pytest

from shared.kit.refusals import Refusal


class DrawerStuck(Refusal):
    """The drawer does not open."""

    code = "drawer_stuck"


class DrawerLocked(DrawerStuck):
    """The drawer is locked."""

    code = "drawer_locked"


def test_a_refusal_says_its_docstring():
    refusal = DrawerStuck()
    assert (refusal.code, refusal.detail, str(refusal)) == (
        "drawer_stuck",
        "The drawer does not open.",
        "The drawer does not open.",
    )


def test_a_refusal_may_be_more_exact_and_list_problems():
    refusal = DrawerLocked("Drawer 3 is locked.", problems=[{"field": "key"}])
    assert (refusal.detail, refusal.problems) == ("Drawer 3 is locked.", ({"field": "key"},))


def test_every_class_is_found_all_the_way_down():
    assert DrawerStuck in Refusal.every_class()
    assert DrawerStuck.every_class() == [DrawerLocked]


def test_a_refusal_can_be_caught_as_one():
    with pytest.raises(Refusal):
        raise DrawerLocked
