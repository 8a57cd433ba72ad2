"""Runs the mesh command inside the test's own process, in a home that is not there."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import typer.testing
from typer.testing import CliRunner, Result

from deploy.cli.app import app

# The command is put together once, not anew for each of the hundreds of times it is run.
typer.testing._get_command = cache(typer.testing._get_command)


class CommandLine:
    """The command as a user has it; widths are fixed so that help texts are not cut."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(self, *arguments: str) -> Result:
        environment = {"MESH_HOME": str(self.home), "COLUMNS": "160", "NO_COLOR": "1"}
        return CliRunner().invoke(app, list(arguments), env=environment)

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)
