"""Homes of the mesh command: free ports, and nothing left running or lying about in the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.home import Home
from deploy.installation import Installation, free_ports
from deploy.processes import ProcessBook, stop_processes
from tests.unit.deploy.command_line import CommandLine


@pytest.fixture
def mesh(tmp_path) -> Iterator[CommandLine]:
    """Return the mesh command with a home whose doors stand at free ports."""
    home = Home(tmp_path / "home")
    Installation(home).prepare(free_ports())
    yield CommandLine(home.path)
    for each in (home, Home(home.path / "demo")):
        living = [record for record in ProcessBook(each).records() if record.is_alive]
        stop_processes(each, living)
        each.reset()
