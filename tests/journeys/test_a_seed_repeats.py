"""A run that failed can be had again: the same seed takes the same steps to the same end."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.journeys.test_random_interleavings import play


class Fragile(RuleBasedStateMachine):
    """Breaks in one run of a few: after a sum of numbers that has no reason."""

    steps: list[list[int]]
    """The numbers of each run so far."""

    def __init__(self) -> None:
        super().__init__()
        self.steps.append([])

    @rule(number=st.integers(0, 999))
    def take(self, number: int) -> None:
        self.steps[-1].append(number)
        assert sum(self.steps[-1]) % 7 != 3


def broken_run(seed: int) -> list[int]:
    """Play until a run breaks, and return its numbers."""
    steps: list[list[int]] = []
    with pytest.raises(AssertionError):
        play(type("Machine", (Fragile,), {"steps": steps}), examples=50, seed=seed)
    return next(run for run in steps if run and sum(run) % 7 == 3)


def test_a_failing_seed_fails_again_with_the_same_steps_and_another_does_not():
    assert broken_run(7) == broken_run(7)
    assert len({tuple(broken_run(seed)) for seed in (7, 8, 9)}) == 3
