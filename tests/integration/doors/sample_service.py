"""A whole process with one door, as a service's `__main__` builds it: python -m ... HOME."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.home import Home
from shared.kit.peer_names import Network
from shared.kit.serving import ListeningDoor, run
from tests.integration.doors.conftest import make_door, read_body


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def slow(scope, receive, send) -> None:
    await read_body(receive)
    say("asked")
    await asyncio.sleep(0.5)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})
    say("answered")


async def open_doors() -> Sequence[ListeningDoor]:
    if sys.argv[2:] == ["--fail"]:
        message = "the database cannot be reached"
        raise ConnectionError(message)
    say("opened")
    return [make_door(Home(Path(sys.argv[1])), slow, network=Network.LEASED_LINE)]


async def started(addresses) -> None:
    host, port = addresses["leased_line"]
    say(f"https://{host}:{port}/")


async def closed() -> None:
    say("closed")


if __name__ == "__main__":
    run(open_doors, on_started=started, on_closed=closed)
