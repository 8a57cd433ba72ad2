"""What the import contracts cannot say: the short list of what the domain may import at all."""

from __future__ import annotations

import sys

import pytest

from tests.architecture.source_text import Source, imported_modules, listed, sources

SERVICES = ("ward_gateway", "payment_provider", "card_agent", "lgwan_asp")
SHARED_FOR_THE_DOMAIN = (
    "shared.kit.calendar",
    "shared.kit.money",
    "shared.kit.refusals",
    "shared.kit.states",
    "shared.keys",
)
# Of the standard library, not what talks to the world or waits for it.
IMPURE = {"asyncio", "http", "logging", "multiprocessing", "os", "pathlib", "random", "secrets"}
IMPURE |= {"shutil", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "urllib"}


def _impure_imports(source: Source) -> list[str]:
    parts = source.path.split("/")
    if parts[0] != "services" or len(parts) < 3 or parts[2].removesuffix(".py") != "domain":
        return []
    allowed = (*SHARED_FOR_THE_DOMAIN, f"services.{parts[1]}.domain")
    found = []
    for line, module in imported_modules(source):
        head = module.partition(".")[0]
        standard = head in sys.stdlib_module_names and head not in IMPURE
        if not standard and not any(f"{module}.".startswith(f"{known}.") for known in allowed):
            found.append(f"{source.path}:{line} {module}")
    return found


def test_the_domain_imports_only_what_is_true_everywhere() -> None:
    found = [line for source in sources() for line in _impure_imports(source)]
    assert not found, listed(found)


@pytest.mark.parametrize(
    "text",
    [
        "from pydantic import BaseModel",
        "from shared.kit.clock import machine_now",
        "from shared.wire import payeasy",
        "import asyncio",
        "from services.card_agent.store import tables",
    ],
)
def test_an_impure_import_is_found(text: str) -> None:
    assert _impure_imports(Source("services/card_agent/domain/x.py", text))


@pytest.mark.parametrize(
    "text",
    [
        "from decimal import Decimal",
        "from shared.kit.money import Yen",
        "from shared.kit import money",
        "from shared.keys.channels import Channel",
        "from services.card_agent.domain.cards import Card",
    ],
)
def test_a_pure_import_is_left_alone(text: str) -> None:
    assert _impure_imports(Source("services/card_agent/domain/x.py", text)) == []


def test_all_four_services_have_the_same_rooms() -> None:
    rooms = {"api", "jobs", "usecases", "domain", "store", "clients"}
    paths = {source.path for source in sources()}
    wanted = {f"services/{name}/{room}/__init__.py" for name in SERVICES for room in rooms}
    assert wanted - paths == set()
