"""Every exhibit is read with exactly the records and problems that its label expects."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest

from shared.files.problems import LoadedFile
from shared.files.zengin_deposits import load_deposits
from tests.museum.curate import FILES, collection
from tests.unit.shared.files.invented import FORMATS
from tests.unit.shared.files.invented_values import RECEIVED_ON

LABELS = sorted(FILES.rglob("*.json"))
LOADERS = {file_format.name: file_format.load for file_format in FORMATS}


def _exhibit(label: Path) -> Path:
    [path] = [path for path in label.parent.glob(f"{label.stem}.*") if path != label]
    return path


def _read(label: Path) -> tuple[dict, LoadedFile]:
    expected = json.loads(label.read_text(encoding="utf-8"))
    data = _exhibit(label).read_bytes()
    if label.parent.name != "zengin_deposits":
        return expected, LOADERS[label.parent.name](data)
    received_on = date.fromisoformat(expected.get("received_on", RECEIVED_ON.isoformat()))
    return expected, load_deposits(data, received_on=received_on)


@pytest.mark.parametrize("label", LABELS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_exhibit_is_what_its_label_says(label):
    expected, loaded = _read(label)
    assert [asdict(problem) for problem in loaded.problems] == expected["problems"]
    assert len(loaded.records) == expected["records"]


@pytest.mark.parametrize("label", LABELS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_good_exhibit_has_no_problem_and_a_broken_one_has(label):
    good = label.stem.startswith("good")
    expected, _ = _read(label)
    assert bool(expected["problems"]) != good


def test_every_exhibit_has_its_label_and_is_the_curator_s():
    made = dict(collection())
    assert {_exhibit(label) for label in LABELS} == set(made)
    assert [path.name for path, data in made.items() if path.read_bytes() != data] == []


@pytest.mark.parametrize("name", LOADERS)
def test_every_format_has_good_and_broken_exhibits(name):
    stems = {label.stem for label in LABELS if label.parent.name == name}
    good = {stem for stem in stems if stem.startswith("good")}
    assert good
    assert len(stems - good) >= 5
