"""Settings against their examples: every setting is explained, and nothing else is."""

from __future__ import annotations

import importlib
import os
import re
import typing
from types import UnionType

import pytest
from pydantic import BaseModel

from shared.kit.service_settings import ServiceSettings
from shared.wire.doors import DOORS, SERVICES
from tests.architecture.source_text import ROOT

LINE = re.compile(r"^(?P<off>#?)(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$")


def _settings_class(service: str) -> type[ServiceSettings]:
    return importlib.import_module(f"services.{service}.settings").Settings


def _block(annotation: object) -> type[BaseModel] | None:
    """Return the block of settings that a field holds, also behind `| None`."""
    union = isinstance(annotation, UnionType) or typing.get_origin(annotation) is typing.Union
    for part in typing.get_args(annotation) if union else (annotation,):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None


def _names(model: type[BaseModel], prefix: str) -> dict[str, bool]:
    """Return every variable of a settings class, and whether it must be given."""
    found: dict[str, bool] = {}
    for name, field in model.model_fields.items():
        variable, block = f"{prefix}{name.upper()}", _block(field.annotation)
        if block is None:
            found[variable] = field.is_required()
        else:
            inside = _names(block, f"{variable}__")
            found |= {k: needed and field.is_required() for k, needed in inside.items()}
    return found


def _of_service(service: str) -> dict[str, bool]:
    return _names(_settings_class(service), f"{service.upper()}_")


def _lines(service: str) -> list[str]:
    path = ROOT / "deploy" / "env" / f"{service}.env.example"
    return path.read_text("utf-8").splitlines()


def _examples(lines: list[str]) -> list[re.Match[str]]:
    return [match for match in map(LINE.match, lines) if match]


def _given(service: str) -> dict[str, str]:
    return {m["name"]: m["value"] for m in _examples(_lines(service)) if not m["off"]}


def _use(monkeypatch, service, values):
    for name in [n for n in os.environ if n.startswith(f"{service.upper()}_")]:
        monkeypatch.delenv(name)
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_stands_in_the_example_and_nothing_else_does(service):
    found = [match["name"] for match in _examples(_lines(service))]
    assert len(found) == len(set(found))
    assert set(found) == set(_of_service(service))


@pytest.mark.parametrize("service", SERVICES)
def test_what_must_be_given_is_given_in_the_example(service):
    needed = {name for name, required in _of_service(service).items() if required}
    assert needed - set(_given(service)) == set()


@pytest.mark.parametrize("service", SERVICES)
def test_each_example_is_explained_by_the_line_above_it(service):
    lines = _lines(service)
    bare = [
        line
        for above, line in zip(["", *lines], lines, strict=False)
        if LINE.match(line) and not re.match(r"^# \S.*\.$", above)
    ]
    assert bare == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_service_accepts_its_example_as_it_stands(service, monkeypatch):
    _use(monkeypatch, service, _given(service))
    settings = _settings_class(service)()
    wanted = {place.name: (place.port, place.mutual) for place in DOORS if place.service == service}
    told = {n: (d.port, d.client_authority is not None) for n, d in settings.doors.items()}
    assert told == wanted


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_is_told_too_little_does_not_start(service, monkeypatch):
    needed = next(name for name, required in _of_service(service).items() if required)
    _use(monkeypatch, service, {n: v for n, v in _given(service).items() if n != needed})
    with pytest.raises(ValueError, match=needed.removeprefix(f"{service.upper()}_").lower()):
        _settings_class(service)()


@pytest.mark.parametrize("service", SERVICES)
def test_no_secret_has_a_default(service):
    secret = re.compile(r"_FILE$|_URL$|__KEY$|__CERTIFICATE$|PASSWORD")
    defaults = [
        f"{name} {field.default}"
        for name, field in _settings_class(service).model_fields.items()
        if secret.search(name.upper()) and not field.is_required()
    ]
    assert defaults == []


def test_a_setting_without_an_example_is_found():
    class More(_settings_class("lgwan_asp")):
        """A service that learnt a setting that nobody explained."""

        new_limit: int = 1

    assert set(_names(More, "LGWAN_ASP_")) - set(_of_service("lgwan_asp")) == {
        "LGWAN_ASP_NEW_LIMIT"
    }
