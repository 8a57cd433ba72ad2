"""The centre's two doors, asked everything: each arrow succeeds, and none answers with a 5xx."""

from __future__ import annotations

import pytest

from tests.contract.documented_doors import Fuzzed, fuzzed_mesh
from tests.contract.payeasy_questions import ARROWS, RIGHT, put_bills_in_force


@pytest.fixture(scope="module")
def fuzzed(database_server, shelf, tmp_path_factory):
    """The mesh, with five bills in force at the centre."""
    with fuzzed_mesh(database_server, shelf, tmp_path_factory.mktemp("fuzzed")) as made:
        made.runner.run(put_bills_in_force(made.mesh))
        yield made


def test_every_arrow_of_both_doors_has_a_right_question():
    assert set(RIGHT) == {arrow.name for arrow in ARROWS}


@pytest.mark.parametrize("arrow", ARROWS, ids=[arrow.name for arrow in ARROWS])
def test_whatever_is_asked_the_answer_stands_in_the_contract(fuzzed: Fuzzed, arrow):
    fuzzed.ask(arrow, RIGHT[arrow.name])
    assert arrow.success in fuzzed.statuses[arrow.name]
