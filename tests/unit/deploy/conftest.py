"""A command line whose home does not exist."""

from __future__ import annotations

import pytest

from tests.unit.deploy.command_line import CommandLine


@pytest.fixture
def mesh(tmp_path) -> CommandLine:
    """Return the mesh command, looking at a home where nothing was ever made."""
    return CommandLine(tmp_path / "home")
