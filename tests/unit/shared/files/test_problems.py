"""Tests of problems and of the refusal that carries them all."""

from __future__ import annotations

import copy

import pytest

from shared.files.problems import (
    Fault,
    FileProblem,
    FileProblemError,
    FileRefused,
    refuse_if_structural,
)

MEANING = FileProblem(2, "data", 16, "barcode", "amount_over_cap", "9191", structural=False)
BROKEN = FileProblem(3, "data", 4, "paid_on", "not_digits", "2025 602")


def test_a_structural_problem_refuses_the_file_with_all_its_problems():
    with pytest.raises(FileRefused) as caught:
        refuse_if_structural([MEANING, BROKEN])
    assert caught.value.problems == (MEANING, BROKEN)
    assert str(caught.value) == "2 problems, first: line 3 data position 4 paid_on: not_digits"


def test_a_problem_of_meaning_lets_the_file_go_on():
    problems = [MEANING]
    refuse_if_structural(problems)
    assert not any(problem.structural for problem in problems)


def test_the_place_of_a_problem_never_shows_its_value():
    assert MEANING.place == "line 2 data position 16 barcode: amount_over_cap"
    assert "9191" not in str(FileRefused([MEANING]))


def test_an_overlong_value_is_shown_by_its_beginning():
    assert len(Fault(1, "name", "malformed_text", "x" * 500).at(1, "row").value) == 64


def test_a_writer_s_problem_reaches_another_process_whole():
    error = FileProblemError("count", "too_many_records", 1_000_000, line=7)
    copied = copy.copy(error)  # by __reduce_ex__, as between processes
    assert (str(copied), vars(copied)) == (str(error), vars(error))
