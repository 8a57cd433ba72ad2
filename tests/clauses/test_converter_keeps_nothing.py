"""「レイアウト変換システムには、情報項目は記録されない」: the converter stores no data items.

Each function runs as a command in a process of its own, on files of marked names; afterwards no
mark is left on disk, in the database or in a log. The same search finds one planted in each.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from deploy.home import Home
from shared.kit.logs import logger, set_up_logs
from tests.clauses.marked_files import (
    KANA,
    NAME,
    NOTICE,
    PERSON,
    marked_files,
    marked_paths,
    marked_rows,
    marks_in,
)
from tests.unit.deploy.command_line import CommandLine
from tests.unit.deploy.invented_files import BILLING_TERMS, Desk, make_desk

CHECKOUT = Path(__file__).resolve().parents[2]
BILLING = ("--to", "billing", *BILLING_TERMS)
# The function, its arguments, and the exit code that it must end with.
FUNCTIONS = {
    "1_assessments": (("choutei.csv", *BILLING), 0),
    "2_receipts": (("receipts.dat", "--to", "shuno"), 0),
    "2_receipts_beside": (("receipts.dat", "--to", "shuno", "--beside", "choutei.csv"), 0),
    "3_changes": (
        ("billing.dat", *BILLING, "--beside", "reduced.csv", "--paid", "paid.csv"),
        0,
    ),
    "pass_through": (("banking.dat", "--to", "mobile_regi_receipts"), 0),
    "1_refused": (("damaged.csv", *BILLING), 1),
}


class Machine:
    """Where a converter could leave something: home, current folder, temporary folder, logs."""

    def __init__(self, folder: Path) -> None:
        self.home, self.here, self.temporary = (folder / n for n in ("home", "here", "temporary"))
        self.inputs: Desk = make_desk(CommandLine(self.home), folder / "inputs")
        for each in (self.here, self.temporary, Home(self.home).logs):
            each.mkdir(parents=True)
        for name, data in marked_files().items():
            self.inputs.put(name, data)

    @property
    def places(self) -> tuple[Path, Path, Path]:
        """Return every folder that is searched; the clerk's own inputs are not among them."""
        return self.home, self.here, self.temporary

    def convert(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run `mesh files convert` in a process of its own; only stdout receives what it makes."""
        paths = {name: str(self.inputs.folder / name) for name in marked_files()}
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "MESH_HOME": str(self.home),
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
        }
        command = [sys.executable, "-m", "deploy.cli", "files", "convert"]
        return subprocess.run(
            [*command, *(paths.get(each, each) for each in arguments)],
            cwd=self.here,
            env=environment,
            capture_output=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("function", FUNCTIONS)
async def test_no_mark_is_left_anywhere_after_a_function_has_run(
    machine, databases, function
) -> None:
    engine = await databases.engine("ward_gateway")
    arguments, exit_code = FUNCTIONS[function]
    done = machine.convert(*arguments)
    assert done.returncode == exit_code, done.stderr.decode()
    # It did handle the marks: they are in what came out, and in no other place.
    assert marks_in(done.stdout) == (exit_code == 0)
    assert marked_paths(machine.places) == []
    assert await marked_rows(engine) == []
    assert [path.name for path in machine.temporary.iterdir()] == []
    assert [path.name for path in machine.here.iterdir()] == []


@pytest.mark.parametrize("function", [name for name, (_, code) in FUNCTIONS.items() if not code])
def test_no_mark_of_a_sound_file_is_told_to_stderr(machine, function) -> None:
    done = machine.convert(*FUNCTIONS[function][0])
    assert done.stderr
    assert not marks_in(done.stderr)


def test_the_inputs_are_marked_and_the_search_would_find_them(machine) -> None:
    found = {path.name for path in marked_paths([machine.inputs.folder])}
    assert found == set(marked_files())


def test_the_search_finds_a_mark_planted_in_each_folder(machine) -> None:
    planted = [
        (machine.home / "cache.bin", KANA.encode("cp932")),
        (machine.here / "leftover.csv", NAME.encode()),
        (machine.temporary / "tmpabc" / "part", PERSON.encode()),
        (machine.temporary / f"{NOTICE}.dat", b""),
        (Home(machine.home).log("files"), b'{"name": "' + NAME.encode("unicode_escape") + b'"}'),
    ]
    assert marked_paths(machine.places) == []
    for path, content in planted:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"before " + content + b" after")
        assert marked_paths(machine.places) == [path]
        path.unlink()


PLANT = """
INSERT INTO billing_uploads
    (id, file_sequence, sha256, content, record_count, total_yen, built_at, prepared_by)
VALUES (gen_random_uuid(), :number, :sha256, :content, 1, 1, now(), 'nobody')
"""


@pytest.mark.parametrize(
    "planted", [{"content": KANA.encode("cp932")}, {"sha256": NOTICE}], ids=["bytes", "text"]
)
async def test_the_search_finds_a_mark_planted_in_the_database(databases, planted) -> None:
    engine = await databases.engine("ward_gateway")
    assert await marked_rows(engine) == []
    async with engine.begin() as connection:
        values = {"number": 1, "sha256": "", "content": b""} | planted
        await connection.execute(text(PLANT), values)
    assert await marked_rows(engine) == ["billing_uploads"]


def test_the_search_finds_a_mark_that_was_logged() -> None:
    lines = io.StringIO()
    set_up_logs("tests", stream=lines)
    try:
        logger().info("file_converted", name=NAME, kana=KANA)
    finally:
        set_up_logs("tests")
    assert marks_in(lines.getvalue().encode())
