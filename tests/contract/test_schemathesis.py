"""Every door but the centre's two, asked everything: each arrow succeeds, none answers a 5xx."""

from __future__ import annotations

import pytest

from tests.contract.asking_order import ASKED
from tests.contract.documented_doors import Fuzzed, fuzzed_mesh
from tests.contract.living_town import Town
from tests.contract.right_questions import MAKERS, questions


@pytest.fixture(scope="module")
def fuzzed(database_server, shelf, tmp_path_factory):
    """The mesh, some days into June."""
    with fuzzed_mesh(database_server, shelf, tmp_path_factory.mktemp("fuzzed")) as made:
        yield made


@pytest.fixture(scope="module")
def right(fuzzed):
    """The right questions of a town that has lived a little."""
    return questions(fuzzed.runner.run(Town.found(fuzzed.mesh)))


def test_every_arrow_of_these_doors_has_a_right_question():
    assert set(MAKERS) == {arrow.name for arrow in ASKED}


@pytest.mark.parametrize("arrow", ASKED, ids=[arrow.name for arrow in ASKED])
def test_whatever_is_asked_the_answer_stands_in_the_contract(fuzzed: Fuzzed, right, arrow):
    fuzzed.ask(arrow, right[arrow.name])
    assert arrow.success in fuzzed.statuses[arrow.name]
