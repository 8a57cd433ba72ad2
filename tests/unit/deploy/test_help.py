"""`--help` teaches: every command tells what it does and shows one example; and it is quick."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

import deploy.cli
from deploy.cli.app import app
from deploy.cli.demo import EXPERIMENTS
from deploy.cli.lifecycle import SERVICE_NAMES
from shared.wire.doors import SERVICES
from simulation.experiments import Experiment

COMMANDS = (
    *(("demo",), ("up",), ("down",), ("status",), ("reset",), ("ward",), ("slips",), ("pay",)),
    *(("keys", "read"), ("keys", "barcode"), ("keys", "payment-number")),
    *(("keys", "ocr", "upper"), ("keys", "ocr", "lower"), ("keys", "ocr", "read")),
    *(("files", "check"), ("files", "show"), ("files", "convert"), ("files", "diff")),
    *(("clock", "show"), ("clock", "set"), ("clock", "advance"), ("explain",), ("openapi",)),
    *(("undo",), ("differences", "list"), ("differences", "resolve")),
    *(("centre", each) for each in ("unlock", "outage", "down", "up", "exceptions")),
    ("bank",),
    *(("mailing-gate",), ("dead-keys",)),
    *(("uploads",), *(("uploads", each) for each in ("prepare", "release", "withdraw"))),
    *(("standard-system", each) for each in ("list", "fetch", "acknowledge")),
)
# What takes long to import, and is not needed to show a help text.
HEAVY = ("cryptography", "fastapi", "httpx2", "psutil", "pydantic", "sqlalchemy", "services")
HEAVY += ("shared", "simulation", "deploy.home", "deploy.supervisor", "deploy.installation")
LIGHT_FILES = (
    "app complaints console options demo lifecycle keys ocr_keys ward pay clock explain openapi"
)
LIGHT_FILES += " files files_convert files_diff contract_file opened_files problem_table"
LIGHT_FILES += " undo differences"
LIGHT_FILES += " centre bank"
LIGHT_FILES += " mailing uploads standard_system"


def _words(text: str) -> str:
    return re.sub(r"[\s│╭╮╰╯─]+", " ", text)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_shows_an_example_of_itself(mesh, command) -> None:
    shown = mesh.run(*command, "--help")
    assert shown.exit_code == 0
    assert f"Example: mesh {' '.join(command)}" in _words(shown.stdout)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_understands_home_and_json(mesh, command) -> None:
    shown = _words(mesh.run(*command, "--help").stdout)
    assert "--home" in shown
    assert "--json" in shown


def test_the_help_lists_every_command(mesh) -> None:
    shown = _words(mesh.run("--help").stdout)
    assert all(f" {command[0]} " in shown for command in COMMANDS)
    groups = {group.name for group in app.registered_groups}
    assert groups == {
        *("keys", "files", "clock", "differences", "centre", "uploads", "standard-system"),
    }


def test_no_arguments_are_answered_with_the_help(mesh) -> None:
    assert "Usage: mesh" in _words(mesh.run().output)


def test_what_the_help_names_exists() -> None:
    assert set(SERVICE_NAMES) == set(SERVICES)
    assert set(EXPERIMENTS) == {each.value for each in Experiment}


def test_nothing_heavy_is_imported_to_show_a_help_text() -> None:
    folder = Path(deploy.cli.__file__).parent
    found = []
    for name in LIGHT_FILES.split():
        tree = ast.parse((folder / f"{name}.py").read_text("utf-8"))
        modules = [n.module or "" for n in tree.body if isinstance(n, ast.ImportFrom)]
        modules += [a.name for n in tree.body if isinstance(n, ast.Import) for a in n.names]
        found += [(name, m) for m in modules if f"{m}.".startswith(tuple(f"{h}." for h in HEAVY))]
    assert found == []
    assert "typer" in sys.modules
