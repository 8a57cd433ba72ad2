"""State machines as tables."""

from __future__ import annotations

from enum import StrEnum

import pytest

from shared.kit.states import IllegalTransition, StateMachine


class Kettle(StrEnum):
    COLD = "cold"
    HEATING = "heating"
    BOILED = "boiled"
    BROKEN = "broken"


KETTLE = StateMachine(
    initial=Kettle.COLD,
    events={
        (Kettle.COLD, Kettle.HEATING): "switched_on",
        (Kettle.HEATING, Kettle.BOILED): "water_boiled",
        (Kettle.HEATING, Kettle.COLD): "switched_off",
    },
    waiting={Kettle.HEATING: "look_at_the_kettle"},
)


def test_an_allowed_move_has_the_name_of_what_happened():
    assert KETTLE.event(Kettle.COLD, Kettle.HEATING) == "switched_on"


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (Kettle.COLD, Kettle.BOILED),
        (Kettle.BOILED, Kettle.HEATING),
        (Kettle.COLD, Kettle.COLD),
    ],
)
def test_every_other_move_is_illegal_and_names_both_states(source, target):
    with pytest.raises(IllegalTransition, match=f"Kettle: {source} -> {target}") as caught:
        KETTLE.event(source, target)
    assert (caught.value.source, caught.value.target) == (source, target)


def test_states_without_a_way_out_are_terminal():
    assert KETTLE.terminal() == {Kettle.BOILED, Kettle.BROKEN}


def test_states_without_a_way_in_are_unreachable():
    assert KETTLE.unreachable() == {Kettle.BROKEN}


def test_a_diagram_shows_every_move():
    assert KETTLE.mermaid().splitlines() == [
        "stateDiagram-v2",
        "    [*] --> cold",
        "    cold --> heating: switched_on",
        "    heating --> boiled: water_boiled",
        "    heating --> cold: switched_off",
        "    boiled --> [*]",
        "    broken --> [*]",
    ]
