"""A day with the mesh command: the whole mesh as real processes, from `up` to `reset`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.unit.deploy.command_line import CommandLine

CHECKOUT = Path(__file__).resolve().parents[3]


def _slips_by_instalment(mesh: CommandLine, *options: str) -> list[dict[str, Any]]:
    return sorted(mesh.json("slips", *options), key=lambda s: (s["instalment"], s["slip_id"]))


def _up(mesh: CommandLine) -> None:
    arguments = [sys.executable, "-m", "deploy.cli", "up", "--home", str(mesh.home), "--json"]
    # A process of its own: what it starts must go on when it has ended.
    started = subprocess.run(arguments, cwd=CHECKOUT, capture_output=True, check=False)
    assert started.returncode == 0, started
    first = json.loads(started.stdout)
    assert first["ready"]
    assert all(service["pid"] for service in first["services"])
    again = mesh.run("up")
    assert (again.exit_code, "up already" in again.stderr) == (0, True)
    status = mesh.json("status")
    assert status["services"] == first["services"]
    assert len(status["doors"]) == 11
    assert all(door["reachable"] and door["certificate_days_left"] > 0 for door in status["doors"])
    assert {"caller", "peer", "question", "ok", "milliseconds", "detail"} == set(status["peers"][0])


def _make_wards(mesh: CommandLine) -> str:
    made = mesh.json("ward", "--households", "2", "--seed", "7")
    slips = mesh.json("slips", "--unpaid")
    assert made["slips"] == len(slips) > 0
    assert made["total_yen"] == sum(slip["amount_yen"] for slip in slips)
    assert made["payeasy_effective_at"] == "2025-06-03T07:00:00+09:00"
    mesh.json("ward", "--households", "2", "--seed", "7")
    assert len({slip["payment_number"] for slip in mesh.json("slips")}) == 2 * len(slips)
    return str(made["advance_to"])


def _pay(mesh: CommandLine, slips: list[dict[str, Any]], effective_on: str) -> dict[str, Any]:
    by_card = mesh.json("pay", slips[0]["slip_id"], "--by", "mobile-credit")
    assert (by_card["state"], by_card["amount_yen"]) == ("accepted", slips[0]["amount_yen"])
    assert by_card["fee_yen"] > 0
    by_bank = mesh.json("pay", slips[1]["barcode"], "--by", "mobile-banking")
    assert (by_bank["state"], by_bank["channel"]) == ("accepted", "mobile_banking")
    away = mesh.json("pay", slips[4]["barcode"], "--by", "mobile-banking", "--at-bank", "leave")
    assert (away["state"], away["reason"]) == ("at_bank", None)
    refused = mesh.run("pay", slips[5]["barcode"], "--by", "mobile-banking", "--at-bank", "refuse")
    assert (refused.exit_code, "refused_at_bank" in refused.stdout) == (1, True)
    again = mesh.run("pay", slips[0]["barcode"], "--by", "mobile-credit")
    assert (again.exit_code, "slip_already_paid" in again.stderr) == (1, True)
    declined = mesh.run("pay", slips[3]["barcode"], "--by", "mobile-credit", "--card", "over-limit")
    assert (declined.exit_code, "card_over_limit" in declined.stdout) == (1, True)

    too_soon = mesh.json("pay", slips[2]["payment_number"], "--by", "payeasy")
    assert too_soon["error"]["code"] == "payeasy_10"
    assert mesh.json("clock", "advance", "--to", effective_on)["moments"] == 6
    at_bank = mesh.json("pay", slips[2]["payment_number"], "--by", "payeasy")
    assert (at_bank["state"], at_bank["at"]) == ("accepted", "2025-06-03T20:00:00+09:00")
    return dict(by_card)


def _undo(mesh: CommandLine, slip: dict[str, Any]) -> None:
    """A payment of the day is undone; its slip can be paid again, and the books agree."""
    paid = mesh.json("pay", slip["slip_id"], "--by", "mobile-credit")
    undone = mesh.json("undo", paid["payment_id"], "--fault", "double-authorisation")
    assert undone == {"payment_id": paid["payment_id"], "state": "undone", "reason": None}
    events = {line["event"] for line in mesh.json("explain", paid["payment_id"])}
    assert {"undo_asked", "commission_undone", "payment_undone"} <= events
    assert mesh.json("differences", "list", "--all") == []
    unknown = ("resolve", paid["payment_id"], "--way", "undo", "--document", "2025-117")
    assert mesh.json("differences", *unknown)["error"]["code"] == "difference_not_found"


def _operate_the_centre(mesh: CommandLine, slip: dict[str, Any]) -> None:
    pay = ("pay", slip["payment_number"], "--by", "payeasy")
    assert mesh.json("centre", "down") == {"down": True}
    assert mesh.json(*pay)["error"]["code"] == "payeasy_90"
    assert mesh.json("centre", "up") == {"down": False}
    hours = ("2025-06-03T20:00", "2025-06-03T20:30")
    planned = mesh.json("centre", "outage", *hours)
    assert planned["ends_at"] == "2025-06-03T20:30:00+09:00"
    assert mesh.json(*pay)["error"]["code"] == "payeasy_91"
    assert mesh.json("centre", "exceptions") == []
    unlock = ("--bank", "0001", "--reason", "ward_asked", "--document")
    number = slip["payment_number"]
    refused = mesh.json("centre", "unlock", number, *unlock, "2025-0042")
    assert refused["error"]["code"] == "key_not_locked"
    malformed = mesh.json("centre", "unlock", number, *unlock, "no such paper")
    assert malformed["error"]["code"] == "malformed_argument"
    assert "document_number" in malformed["error"]["detail"]


def _see_uploads(mesh: CommandLine) -> None:
    """Both wards' files were prepared by the terminal's user and released by the second clerk."""
    first, second, *_ = mesh.json("uploads")
    assert (first["file_sequence"], second["file_sequence"]) == (1, 2)
    assert {(one["state"], one["prepared_by"], one["released_by"]) for one in (first, second)} == {
        ("ACCEPTED", "terminal-01", "clerk-02")
    }
    assert mesh.json("uploads", "prepare") == {"files_built": 0}
    assert mesh.json("uploads", "--waiting") == []
    assert mesh.json("uploads", "release", first["upload_id"]) == first
    by_another = mesh.json("uploads", "release", first["upload_id"], "--by", "clerk")
    assert by_another["error"]["code"] == "upload_not_waiting"
    too_late = mesh.run("uploads", "withdraw", first["upload_id"])
    assert (too_late.exit_code, "upload_was_sent" in too_late.stderr) == (1, True)
    unknown = mesh.json("uploads", "release", "7f6c1c2e-3f0a-4c55-9d7e-0b6a2c9a1d11")
    assert unknown["error"]["code"] == "upload_not_found"


def _walk_on(mesh: CommandLine) -> None:
    backwards = mesh.run("clock", "set", "2025-06-01", "--json")
    assert (backwards.exit_code, "clock_moved_backwards" in backwards.stdout) == (1, True)
    done = mesh.json("clock", "set", "2025-06-04T09:00")
    assert {reading["now"] for reading in done["clocks"]} == {"2025-06-04T09:00:00+09:00"}
    # What fell due before the clocks were set is run now: the whole of Wednesday's three moments.
    assert mesh.json("clock", "advance", "--to", "next-close")["moments"] == 3
    mesh.json("clock", "advance", "--to", "2025-06-05")
    shown = mesh.json("clock", "show")
    assert shown["agree"]
    assert {reading["now"] for reading in shown["clocks"]} == {"2025-06-05T20:00:00+09:00"}


def _explain(mesh: CommandLine, slip: dict[str, Any], payment: dict[str, Any]) -> None:
    story = mesh.json("explain", slip["payment_number"])
    assert set(story[0]) == {
        *("at", "organisation", "record", "id", "from_state", "to_state", "event")
    }
    assert [line["at"] for line in story] == sorted(line["at"] for line in story)
    known = {line["organisation"] for line in story}
    assert known == {"ward_gateway", "payment_provider", "card_agent", "lgwan_asp"}
    events = {line["event"] for line in story}
    assert {"slip_issued", "card_authorised", "preliminary_received"} <= events
    for key in (slip["barcode"], payment["payment_id"], slip["slip_id"]):
        assert {line["event"] for line in mesh.json("explain", key)} == events
    assert mesh.json("explain", "125011234567890024")["error"]["code"] == "nothing_known"


def _down(mesh: CommandLine) -> None:
    assert mesh.json("down") == {"was_up": True}
    assert mesh.run("status").exit_code == 1
    assert mesh.json("slips")["error"]["code"] == "not_running"
    assert mesh.json("reset")["removed"]
    assert not mesh.home.exists()


def test_a_slip_is_paid_each_way_and_the_mesh_leaves_nothing_behind(mesh) -> None:
    _up(mesh)
    effective_on = _make_wards(mesh)
    _see_uploads(mesh)
    slips = _slips_by_instalment(mesh)
    payment = _pay(mesh, slips, effective_on)
    _undo(mesh, slips[4])
    _operate_the_centre(mesh, slips[4])
    _walk_on(mesh)
    unpaid = {slip["slip_id"] for slip in _slips_by_instalment(mesh, "--unpaid")}
    assert {s["slip_id"] for s in slips} - unpaid == {s["slip_id"] for s in slips[:3]}
    _explain(mesh, slips[0], payment)
    _down(mesh)
