"""`python -m deploy.container STEP [SERVICE]`: the entry point of the one image of all containers.

Steps: setup (once, no network), migrate SERVICE, run SERVICE, admit.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from deploy.container.admit import admit
from deploy.container.handouts import HANDED_OUT, ContainerInstallation, hand_out_all, read_settings
from deploy.container.migrate import migrate
from deploy.home import Home
from shared.wire.doors import SERVICES

AUTHORITY: Final = Path("/authority")
"""The volume that setup alone sees: six authorities and everything that it has made."""


def run(service: str, handed_out: Path = HANDED_OUT) -> NoReturn:
    """Become the service: its settings are the only thing that is added to the environment."""
    settings = read_settings(handed_out)
    os.execve(  # noqa: S606 - this process becomes the service, so signals reach it
        sys.executable, [sys.executable, "-m", f"services.{service}"], {**os.environ, **settings}
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Carry out one step; what fails ends the container with a code that is not 0."""
    parser = argparse.ArgumentParser(prog="deploy.container", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("setup")
    steps.add_parser("admit")
    for step in ("migrate", "run"):
        steps.add_parser(step).add_argument("service", choices=SERVICES)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("deploy").setLevel(logging.INFO)
    if chosen.step == "setup":
        hand_out_all(ContainerInstallation(Home(AUTHORITY)), Path("/handouts"))
    elif chosen.step == "migrate":
        migrate(chosen.service, HANDED_OUT)
    elif chosen.step == "run":
        run(chosen.service)
    else:
        asyncio.run(admit(ContainerInstallation(Home(HANDED_OUT))))


if __name__ == "__main__":
    main()
