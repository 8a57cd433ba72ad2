"""`mesh bank`: a process of its own, at a centre that it knows by URL and certificates only."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.home import Home
from deploy.installation import CATEGORY, INSTITUTION, Installation
from shared.kit.peer_names import Network
from shared.wire.doors import LGWAN_ASP, door_place

CHECKOUT = Path(__file__).resolve().parents[3]


class OwnBank:
    """A bank with a folder of its own: its certificate, the network's authority, its books."""

    def __init__(self, home: Path, folder: Path, code: str) -> None:
        installation = Installation(Home(home))
        files = installation.home.certificate(Network.MPN, f"bank-{code}")
        folder.mkdir()
        for source, name in (
            (files.certificate, "cert.pem"),
            (files.key, "key.pem"),
            (installation.home.authority(Network.MPN), "authority.pem"),
        ):
            shutil.copy(source, folder / name)
        self.folder, self.url = folder, installation.address(door_place(LGWAN_ASP, "mpn"))

    def run(self, *arguments: str) -> tuple[int, Any]:
        way = ["--centre", self.url, "--authority", "authority.pem"]
        way += ["--cert", "cert.pem", "--key", "key.pem", "--books", "bank.sqlite"]
        ran = subprocess.run(
            [sys.executable, "-m", "deploy.cli", "bank", *way, *arguments, "--json"],
            cwd=self.folder,
            env={"PYTHONPATH": str(CHECKOUT), "MESH_HOME": str(self.folder / "nowhere")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.stdout, ran.stderr
        return ran.returncode, json.loads(ran.stdout)


@pytest.fixture
def slips(mesh) -> list[str]:
    """Keys of slips that are in force at a centre that is up."""
    arguments = [sys.executable, "-m", "deploy.cli", "up", "--home", str(mesh.home), "--json"]
    started = subprocess.run(arguments, cwd=CHECKOUT, capture_output=True, check=False)
    assert started.returncode == 0, started
    made = mesh.json("ward", "--households", "2", "--seed", "7")
    mesh.json("clock", "advance", "--to", made["advance_to"])
    return [
        f"{INSTITUTION}/{slip['payment_number']}/{slip['confirmation_number']}/{CATEGORY}"
        for slip in mesh.json("slips")
    ]


def test_mesh_bank_pays_at_a_centre_that_it_only_knows_by_url(mesh, slips, tmp_path):
    now = mesh.json("clock", "show")["clocks"][0]["now"]
    bank = OwnBank(mesh.home, tmp_path / "own-bank", "0009")
    code, (asked,) = bank.run("--pay", slips[0], "--inquire-only", "--at", now)
    assert (code, asked["result"]) == (0, "00")
    code, (paid,) = bank.run("--pay", slips[0], "--habit", "thrice", "--at", now)
    assert (code, paid["bank"], paid["state"]) == (0, "0009", "taken")
    assert paid["amount_yen"] == asked["amount_yen"]
    code, again = bank.run("--pay", slips[0], "--at", now)
    assert (code, again["error"]["code"]) == (1, "payeasy_20")
    code, (cancelled,) = bank.run("--cancel", paid["receipt_number"])
    assert (code, cancelled["state"]) == (0, "cancelled")

    late = ("--pay", slips[1], "--habit", "in-bulk", "--at", now)
    assert bank.run(*late)[1]["error"]["code"] == "yen_missing"
    code, (held,) = bank.run(*late, "--printed-yen", "1000")
    assert (code, held["state"]) == (0, "intended")
    code, told = bank.run("--tell", "--at", "2025-06-05T17:00")
    assert (code, [each["state"] for each in told]) == (0, ["taken"])
    assert bank.run("--tell", "--at", "2025-06-05T17:00") == (0, [])
    assert not (bank.folder / "nowhere").exists()
