"""What the run over many seeds calls a failure."""

from __future__ import annotations

import pytest

from tests.load.seeds import Walked, differences

FIGURES = {"heaps": {"A1": 5}, "by_channel": {"payeasy": {"funded_yen": 5}}, "wall_seconds": 9}


def test_a_kill_may_change_the_seconds_and_nothing_else() -> None:
    assert differences(FIGURES, FIGURES | {"wall_seconds": 30}) == []
    assert differences(FIGURES, FIGURES | {"heaps": {"A1": 4}}) == [
        "heaps: {'A1': 5} became {'A1': 4}"
    ]


def test_a_walk_that_ended_without_figures_differs_from_one_that_has_some() -> None:
    assert differences(FIGURES, {})


@pytest.mark.parametrize(
    ("walked", "failures"),
    [
        (Walked(1, "", {"failures": []}, 0, ""), []),
        (Walked(1, "", {"failures": ["lost: 1, expected 0"]}, 1, ""), ["lost: 1, expected 0"]),
        (Walked(1, "", {}, 1, "not_ready"), ["exit code 1: not_ready"]),
    ],
)
def test_a_walk_fails_by_its_own_failures_or_by_its_exit_code(walked, failures) -> None:
    assert walked.failures == failures
