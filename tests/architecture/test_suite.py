"""What the suite itself relies on: its files have their places, and what is remembered is equal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from fastapi._compat.v2 import ModelField
from pydantic import Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from tests.conftest import HEAVIEST

TESTS = Path(__file__).resolve().parents[1]


def field(kind: object, **described: object) -> TypeAdapter[object]:
    """Return the adapter that FastAPI asks a field's type for."""
    return ModelField(
        FieldInfo.from_annotation(Annotated[kind, Field(**described)]), "it"
    )._type_adapter


def test_every_file_that_comes_first_is_one_file():
    names = [path.stem for path in TESTS.rglob("test_*.py")]
    assert {name: names.count(name) for name in HEAVIEST} == dict.fromkeys(HEAVIEST, 1)


def test_a_field_that_is_asked_for_again_is_remembered():
    assert field(int, ge=1, title="a number") is field(int, ge=1, title="a number")
    assert field(int, ge=1).validate_python(1) == 1


@pytest.mark.parametrize(
    "other",
    [
        field(str),
        field(int),
        field(int, ge=2),
        field(int, ge=1, default=5),
        field(int | None, ge=1),
    ],
)
def test_fields_that_differ_in_anything_are_not_taken_for_each_other(other):
    assert other is not field(int, ge=1)


def test_what_was_remembered_refuses_what_it_refused_before():
    for _ in range(2):
        with pytest.raises(ValidationError):
            field(int, ge=1).validate_python(0)


def test_makers_of_defaults_are_not_remembered():
    assert field(int, default_factory=lambda: 1) is not field(int, default_factory=lambda: 2)
