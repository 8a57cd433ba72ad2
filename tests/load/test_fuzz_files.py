"""A few thousand mutated files: readers give records and problems, and never anything else."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from tests.load.fuzz_files import Fuzzer, problems_of
from tests.load.mutations import MUTATIONS, records_of
from tests.unit.shared.files.invented import FORMATS

COUNT = 3_000


def test_mutated_files_are_told_from_good_ones_and_never_crash_a_reader(tmp_path):
    outcome = Fuzzer(seed=20_250_602, left_in=tmp_path).attempt(1, COUNT)
    assert outcome.failures == []
    assert set(outcome.tried) == {each.name for each in FORMATS}
    assert outcome.tried.total() == COUNT
    # Some mutations leave the file as it was, or change one value of a format without a seal.
    assert outcome.unnoticed.total() < COUNT / 4


def test_a_file_is_the_same_again_by_its_seed_and_number():
    assert Fuzzer(7).file(3)[1] == Fuzzer(7).file(3)[1] != Fuzzer(8).file(3)[1]


def test_a_reader_that_raises_is_found_out_and_its_file_is_left(tmp_path):
    def load(data):
        raise KeyError("broken")

    fuzzer = Fuzzer(1, tmp_path)
    fuzzer.good = [(replace(each, load=load), data) for each, data in fuzzer.good]
    [failure] = fuzzer.attempt(5, 1).failures
    assert failure.endswith("-1-5")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_reader_that_gives_something_else_is_found_out():
    whole = FORMATS[0].write(FORMATS[0].header, FORMATS[0].records)
    strange = replace(FORMATS[0], load=lambda _: FORMATS[0].load(whole)._replace(problems=[1]))
    with pytest.raises(AssertionError, match="something else than a problem"):
        problems_of(strange, whole, Random(1))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.__name__)
def test_each_mutation_changes_most_files_and_bears_an_empty_one(mutation):
    random = Random(1)
    good = FORMATS[1].write(FORMATS[1].header, FORMATS[1].records)
    changed = sum(mutation(random, good, b"another file") != good for _ in range(40))
    assert changed > 20
    assert len(mutation(random, b"", b"another file")) < 20


def test_files_are_cut_into_records_with_and_without_line_ends():
    assert records_of(b"1a \r\n2b \r\n9  \r\n") == [b"1a \r\n", b"2b \r\n", b"9  \r\n"]
    assert records_of(b"1a 2b 9  ") == [b"1a ", b"2b ", b"9  "]
