"""A demo that is stopped takes everything with it; what a killed one leaves is found."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.home import Home
from deploy.processes import ProcessBook

CHECKOUT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 60.0


@contextmanager
def _demo(mesh, tmp_path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a demo; the block begins when all its services have been started."""
    arguments = ["demo", "--instalments", "1", "--results", str(tmp_path / "results")]
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.cli", *arguments, "--home", str(mesh.home)],
        cwd=CHECKOUT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A shell that runs the suite in the background may have taught it to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    try:
        _wait_for_services(mesh, process)
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_for_services(mesh, process: subprocess.Popen[bytes]) -> None:
    book = ProcessBook(Home(mesh.home / "demo"))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while book.find("ward_gateway") is None:
        assert process.poll() is None, "the demo ended before its services were started"
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _living(mesh) -> list[str]:
    return [r.name for r in ProcessBook(Home(mesh.home / "demo")).records() if r.is_alive]


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
def test_a_demo_that_is_stopped_stops_what_it_started(mesh, tmp_path, number, exit_code) -> None:
    with _demo(mesh, tmp_path) as demo:
        os.kill(demo.pid, number)
        assert demo.wait(timeout=PATIENCE_SECONDS) == exit_code
    assert _living(mesh) == []


def test_a_running_demo_keeps_its_home_and_what_it_leaves_when_killed_is_stopped_by_any_command(
    mesh, tmp_path
) -> None:
    with _demo(mesh, tmp_path) as demo:
        assert mesh.json("reset")["error"]["code"] == "home_in_use"
        assert mesh.json("demo", "--instalments", "1")["error"]["code"] == "home_in_use"
        assert demo.poll() is None
        assert "ward_gateway" in _living(mesh)
        demo.kill()
        demo.wait()
    assert "ward_gateway" in _living(mesh)
    said = mesh.run("keys", "read", "125011234567890024")
    assert said.exit_code == 0
    assert "Stopped ward_gateway, left behind by a mesh that was killed." in said.stderr
    assert _living(mesh) == []
