"""docs/states.md is what the state tables print, and no table of any service is left out."""

from __future__ import annotations

import gc
import importlib
import pkgutil

import pytest

from shared.kit.states import StateMachine
from shared.wire.doors import SERVICES
from tests.contract.state_diagrams import PAGE, machines, page


def test_the_page_is_what_the_tables_print():
    text = PAGE.read_text("utf-8")
    assert text == page(), "a table changed: run python -m tests.contract.state_diagrams"


@pytest.mark.parametrize("service", SERVICES)
def test_every_state_table_of_a_service_is_drawn_once(service):
    drawn = [machine for _, _, machine in machines(service)]
    assert drawn
    assert len({id(machine) for machine in drawn}) == len(drawn)
    assert {id(machine) for machine in drawn} == {id(m) for m in _alive(service)}


@pytest.mark.parametrize("service", SERVICES)
def test_no_state_of_a_drawn_table_is_out_of_reach(service):
    assert {name: set(m.unreachable()) for _, name, m in machines(service)} == {
        name: set() for _, name, _ in machines(service)
    }


def _alive(service: str) -> list[StateMachine]:
    """Return every table there is whose states belong to a service, wherever it was made."""
    package = importlib.import_module(f"services.{service}")
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if ".domain" in info.name:
            importlib.import_module(info.name)
    home = f"services.{service}."
    gc.unfreeze()  # the suite froze what it imported, and then nobody lists it
    tables = [each for each in gc.get_objects() if type(each) is StateMachine]
    gc.freeze()
    return [each for each in tables if type(each.initial).__module__.startswith(home)]
