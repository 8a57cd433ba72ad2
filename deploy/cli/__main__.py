"""`python -m deploy.cli` is the mesh command."""

from __future__ import annotations

from deploy.cli.app import app

if __name__ == "__main__":
    app()
