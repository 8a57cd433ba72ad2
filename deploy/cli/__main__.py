"""`python -m deploy.cli` is the mesh command."""

from __future__ import annotations

import os

from deploy.cli.app import app

if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)  # where ./mesh found us: no business of what we start
    app()
