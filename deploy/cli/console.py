"""Where the command line writes: results to stdout, progress and complaints to stderr."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console

OUT = Console()
ERRORS = Console(stderr=True)


def say_json(content: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Write one JSON document to stdout, for scripts."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n")
