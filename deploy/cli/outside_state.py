"""What the command line remembers between commands about those outside (HOME/outside.json).

How far the days were walked, and which notice number is free; never what a payer or a bank knows.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from deploy.cli.options import OUTSIDE_STATE
from deploy.home import Home, read_json, write_private


class OutsideState:
    """A small file of mode 600 that is replaced as a whole."""

    def __init__(self, home: Home) -> None:
        self._path = home.path / OUTSIDE_STATE

    def _read(self) -> dict[str, Any]:
        if not self._path.exists():
            return {}
        found: dict[str, Any] = read_json(self._path)
        return found

    @property
    def walked_to(self) -> datetime | None:
        """Return the instant up to which everything that fell due was run, if any was."""
        text = self._read().get("walked_to")
        return datetime.fromisoformat(text) if text else None

    @property
    def next_notice(self) -> int | None:
        """Return the first notice number, counted from 1, that no household was given."""
        return self._read().get("next_notice")

    def keep(self, *, walked_to: datetime | None = None, next_notice: int | None = None) -> None:
        """Remember what is given; the rest stays."""
        content = self._read()
        if walked_to is not None:
            content["walked_to"] = walked_to.isoformat()
        if next_notice is not None:
            content["next_notice"] = next_notice
        write_private(self._path, json.dumps(content).encode())
