"""A real process: it owns its signals, drains its doors, then closes its resources."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import httpx2
import pytest

from deploy.supervisor import CHECKOUT
from tests.integration.doors.conftest import make_client, sni


def start(home, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.integration.doors.sample_service", str(home.path), *options],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_running_request_finish(home, number):
    answers: list[httpx2.Response] = []
    with start(home) as process:
        assert process.stdout.readline() == "opened\n"
        url = process.stdout.readline().strip()
        with make_client(home) as client:
            asking = threading.Thread(
                target=lambda: answers.append(client.get(url, extensions=sni()))
            )
            asking.start()
            assert process.stdout.readline() == "asked\n"
            process.send_signal(number)
            asking.join(10)
        rest, errors = process.communicate(timeout=10)
    assert [answer.text for answer in answers] == ["done"]
    assert rest == "answered\nclosed\n"
    assert (process.returncode, errors) == (0, "")


def test_what_was_opened_is_closed_when_opening_fails(home):
    with start(home, "--fail") as process:
        output, errors = process.communicate(timeout=10)
    assert output == "closed\n"
    assert "the database cannot be reached" in errors
    assert process.returncode == 1
