"""Every error that a user can cause ends in one clear line, or in one JSON document."""

from __future__ import annotations

import json
import os
import socket

import pytest

from deploy.cli.complaints import Complaint, NotRunningError, answer_to
from deploy.cli.results import keep_figures, prepare_results
from deploy.home import Home, NotOursError
from deploy.installation import Installation, standing_ports
from deploy.processes import ProcessBook
from deploy.readiness import NotReadyError
from deploy.supervisor import SUPERVISOR, AlreadySupervisedError
from shared.keys.problems import KeyProblem
from shared.kit.clock import ClockMovedBackwards
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from simulation.banks import TelegramRefusedError
from simulation.payers import PaymentRefusedError

AN_ID = "0f9c2d1e-4b7a-4c55-9d0e-2f6a1b3c4d5e"
NEEDS_A_MESH = (
    ("ward",),
    ("slips",),
    ("pay", "125011234567890024", "--by", "payeasy"),
    ("clock", "show"),
    ("clock", "set", "2025-06-03"),
    ("clock", "advance"),
    ("explain", "125011234567890024"),
    ("undo", AN_ID, "--fault", "answer-lost"),
    ("differences", "list"),
    ("differences", "resolve", AN_ID, "--way", "undo", "--document", "2025-117"),
)


@pytest.mark.parametrize("command", NEEDS_A_MESH, ids=" ".join)
def test_without_a_mesh_a_command_says_how_to_start_one(mesh, command) -> None:
    result = mesh.run(*command)
    assert result.exit_code == 1
    assert "`mesh up` starts it" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", NEEDS_A_MESH, ids=" ".join)
def test_with_json_an_error_is_a_document(mesh, command) -> None:
    assert mesh.run(*command, "--json").exit_code == 1
    assert mesh.json(*command)["error"]["code"] == "not_running"


def test_home_and_json_may_be_given_before_the_command(mesh, tmp_path) -> None:
    (tmp_path / "theirs" / "secrets").mkdir(parents=True)
    home = str(tmp_path / "theirs")
    for before in (("--home", home, "--json"), ("--json", f"--home={home}")):
        assert json.loads(mesh.run(*before, "reset").stdout)["error"]["code"] == "not_ours"
        assert (
            json.loads(mesh.run(*before, "clock", "show").stdout)["error"]["code"] == "not_running"
        )
    assert mesh.run("--home", home).exit_code == 2


def test_the_status_of_no_mesh_is_not_ready(mesh) -> None:
    assert mesh.run("status", "--json").exit_code == 1
    assert mesh.json("status") == {"ready": False, "services": [], "doors": [], "peers": []}
    assert "`mesh up` makes one" in mesh.run("status").stderr


def test_what_is_not_there_is_stopped_and_removed_without_complaint(mesh) -> None:
    assert mesh.json("down") == {"was_up": False}
    assert mesh.json("reset") == {"removed": []}
    assert not mesh.home.exists()


def test_a_folder_of_somebody_elses_is_refused_by_every_command_that_would_write(mesh) -> None:
    (mesh.home / "secrets").mkdir(parents=True)
    for command in (("reset",), ("up",), ("demo",)):
        (mesh.home / "demo" / "secrets").mkdir(parents=True, exist_ok=True)
        assert mesh.json(*command)["error"]["code"] == "not_ours"
    assert {path.name for path in mesh.home.rglob("*")} == {"secrets", "demo"}


def test_a_port_that_is_taken_is_named_before_anything_starts(mesh) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        Installation(Home(mesh.home)).prepare(standing_ports() | {"lgwan_asp.mpn": port})
        error = mesh.json("up")["error"]
    assert error["code"] == "port_in_use"
    assert f"{port} (lgwan_asp.mpn)" in error["detail"]


def test_a_mesh_of_one_service_is_not_taken_for_the_whole(mesh) -> None:
    book = ProcessBook(Home(mesh.home).prepare())
    book.record(SUPERVISOR, os.getpid())
    error = mesh.json("up")["error"]
    assert error["code"] == "only_part_is_up"
    assert "ward_gateway" in error["detail"]


def test_a_home_where_only_a_demo_ran_is_removed_too(mesh) -> None:
    Home(mesh.home / "demo").prepare()
    assert mesh.json("reset")["removed"]
    assert not mesh.home.exists()


def test_results_that_cannot_be_written_are_refused_before_the_walk(mesh) -> None:
    Home(mesh.home).prepare()
    (mesh.home / "file").write_text("")
    error = mesh.json("demo", "--results", str(mesh.home / "file" / "x"))["error"]
    assert (error["code"], str(mesh.home) in error["detail"]) == ("file_not_usable", True)


def test_results_of_an_earlier_demo_do_not_outlive_the_next_nor_a_reset(mesh, tmp_path) -> None:
    home = Home(mesh.home).prepare()
    (tmp_path / "summary.json").write_text("old")
    (tmp_path / "mine.txt").write_text("mine")
    assert prepare_results(home, tmp_path) == tmp_path
    assert not (tmp_path / "summary.json").exists()
    keep_figures(tmp_path, {"seed": 1}, "subject\n")
    mesh.json("reset")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt"]


def test_a_damaged_file_of_ours_is_named(mesh) -> None:
    home = Home(mesh.home).prepare()
    home.process_book.write_text("{")
    error = mesh.json("status")["error"]
    assert (error["code"], "processes.json" in error["detail"]) == ("unreadable_file", True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("pay", "125011234567890024", "--by", "cheque"),
        ("up", "--only", "the_bank"),
        ("demo", "--experiment", "an-earthquake"),
        ("demo", "--instalments", "11"),
        ("clock", "set", "tomorrow"),
        ("clock", "advance", "--to", "2025-13-01"),
        ("keys", "read"),
        ("keys", "sing"),
        ("ward", "--households", "0"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2_in_either_shape(mesh, arguments) -> None:
    assert mesh.run(*arguments).exit_code == 2
    as_json = mesh.run(*arguments, "--json")
    assert as_json.exit_code == 2
    assert '"code": "usage"' in as_json.stdout


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (NotRunningError(), "not_running", "mesh up"),
        (Complaint("slip_not_found", "no such slip"), "slip_not_found", "no such slip"),
        (KeyProblem("bad_limit_date", "no day"), "bad_limit_date", "no day"),
        (ClockMovedBackwards(), "clock_moved_backwards", "backwards"),
        (PeerRefused("role_missing", "a role", []), "role_missing", "a role"),
        (PeerNotDone("inquire: ConnectError"), "peer_not_reached", "mesh status"),
        (PeerOutcomeUnknown("inquire: ReadTimeout"), "outcome_unknown", "mesh explain"),
        (PaymentRefusedError("slip_already_paid"), "slip_already_paid", "mesh slips --unpaid"),
        (PaymentRefusedError("bank_not_connected"), "bank_not_connected", "refused"),
        (TelegramRefusedError("inquiry: 31"), "payeasy_31", "before the effective date"),
        (TelegramRefusedError("inquiry: 20"), "payeasy_20", "already paid"),
        (NotReadyError("not ready after 60 s"), "not_ready", "logs"),
        (AlreadySupervisedError("x"), "home_in_use", "another --home"),
        (NotOursError("not made by this home"), "not_ours", "not made by this home"),
    ],
)
def test_every_expected_error_has_its_code_and_says_what_to_do(error, code, says) -> None:
    answer = answer_to(error)
    assert answer is not None
    assert answer.code == code
    assert says in answer.detail
    assert answer.as_dict() == {"error": {"code": code, "detail": answer.detail}}
    assert "\n" not in answer.line


def test_an_error_of_ours_is_not_dressed_up_as_an_answer() -> None:
    assert answer_to(KeyError("a bug")) is None
