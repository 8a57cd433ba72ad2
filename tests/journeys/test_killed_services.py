"""Real processes under SIGKILL: each service dies once in a walk, and no yen changes its heap."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.home import Home
from deploy.processes import ProcessBook
from shared.wire.doors import SERVICES

CHECKOUT = Path(__file__).resolve().parents[2]
SEED = 11
SAME = ("payments", "declined", "receipts", "heaps", "by_channel", "exceptions")
PATIENCE_SECONDS = 120.0


def demo(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a demo of its own, beside anything else that runs."""
    places = ["--home", str(tmp_path / "home"), "--results", str(tmp_path / "results")]
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.cli", "demo", "--json", *arguments, *places],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_each_once(tmp_path: Path, process: subprocess.Popen[str], chance: random.Random) -> list:
    """Kill every service once, one after the other, at random moments of the walk."""
    book = ProcessBook(Home(tmp_path / "home" / "demo"))
    books_of_the_walk = tmp_path / "home" / "demo" / "outside.sqlite"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not books_of_the_walk.exists() and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    killed = []
    for service in chance.sample(SERVICES, len(SERVICES)):
        moment = time.monotonic() + chance.uniform(0.2, 2.0)
        while time.monotonic() < moment and process.poll() is None:
            time.sleep(0.02)
        found = book.find(service)
        if found is not None and process.poll() is None:
            os.kill(found.pid, signal.SIGKILL)
            killed.append(service)
    return killed


async def test_each_service_is_killed_once_and_every_yen_stays_in_its_heap(mesh, tmp_path):
    undisturbed = await mesh.rehearsal().run(seed=SEED, instalments=2)
    assert undisturbed.failures == []
    entropy = int.from_bytes(os.urandom(4), "big")
    process = demo(tmp_path, "--seed", str(SEED), "--instalments", "2")
    try:
        killed = kill_each_once(tmp_path, process, random.Random(entropy))
        output, complaints = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.terminate()
    assert sorted(killed) == sorted(SERVICES), (entropy, killed)
    assert process.returncode == 0, (entropy, killed, complaints[-3000:])
    figures = json.loads(output)
    assert figures["residual_yen"] == figures["lost"] == figures["doubled"] == 0, entropy
    assert {key: figures[key] for key in SAME} == {key: undisturbed.summary[key] for key in SAME}


@pytest.mark.parametrize("experiment", ["bank-line-removed"])
def test_the_demo_exits_with_1_and_names_what_a_damaged_file_hid(tmp_path, experiment):
    process = demo(tmp_path, "--instalments", "1", "--experiment", experiment)
    output, complaints = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert any("funds_late" in failure for failure in json.loads(output)["failures"])
    assert "funds_late" in complaints
