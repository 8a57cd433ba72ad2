"""Where the command line writes: results to stdout, progress and complaints to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console

OUT = Console()
ERRORS = Console(stderr=True)


def say_json(content: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Write one JSON document to stdout, for scripts."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n")


def yen(amount: int) -> str:
    """Return an amount as it is printed: 12,340."""
    return f"{amount:,}"


def say_lines(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write aligned columns; no key is ever cut short to fit a screen, so it can be copied."""
    table = [tuple(heading), *(tuple(row) for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(heading))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        OUT.print("  ".join(cells).rstrip(), highlight=False, markup=False, soft_wrap=True)
