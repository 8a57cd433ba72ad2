"""One short walk with all that happens in a year: its yen, its keys, and by real processes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text

from deploy.home import Home
from deploy.processes import ProcessBook
from shared.wire.deliveries import LIST_DELIVERIES
from shared.wire.doors import SERVICES
from shared.wire.fee_bills import LIST_FEE_BILLS
from shared.wire.mailing_gate import DEAD_KEYS
from shared.wire.sandbox_books import COLLECTION_ACCOUNT
from simulation.books import Books, ClaimNote
from simulation.experiments import KNOWN_REMITTER_EXTRA_YEN, Experiment, apply_experiment
from simulation.owed import differences, unexplained
from simulation.standard_system import MOVED_IN_NOTICE
from simulation.year_plan import Change
from tests.support.databases import Databases
from tests.support.mesh import make_mesh

CHECKOUT = Path(__file__).resolve().parents[2]
SEED = 1
SAME = (
    *("payments", "declined", "receipts", "heaps", "by_channel", "exceptions"),
    *("corrections", "paper_notices"),
)
PATIENCE_SECONDS = 120.0

_AT_CENTRE = """
SELECT b.payment_number, b.delete_reason, b.effective_on, EXISTS (
  SELECT 1 FROM receipts r WHERE r.payment_number = b.payment_number
    AND r.state NOT IN ('CANCELLED', 'CANCELLATION_REPORTED')) AS paid
FROM bills b
"""
_AT_WARD = """
SELECT s.payment_number, s.state, s.centre_effective_on, EXISTS (
  SELECT 1 FROM receipts r WHERE r.slip_id = s.id AND r.channel = 'payeasy'
    AND r.state <> 'CANCELLED') AS paid
FROM slips s
"""
_BANKS_SUMS = """
SELECT (SELECT sum(amount_yen) FROM bank_totals) AS told_yen,
  (SELECT sum(amount_yen) FROM receipts WHERE state NOT LIKE 'CANCEL%') AS received_yen,
  (SELECT count(*) FROM exceptions WHERE code = 'bank_totals_differ') AS differences
"""
_PAPER = """
SELECT r.channel AS joined_channel, r.state AS joined_state, own.state AS own_state
FROM paper_notices n LEFT JOIN receipts own ON own.id = n.own_receipt_id
LEFT JOIN paper_pairs p ON p.notice_id = n.id AND p.parted_at IS NULL
LEFT JOIN receipts r ON r.id = p.receipt_id ORDER BY r.channel
"""
_CORRECTED = """
SELECT s.payment_number, s.issue, s.amount_yen, a.amount_yen AS owed_yen,
  a.cancelled_at IS NOT NULL AS cancelled
FROM assessments a JOIN slip_items i ON i.assessment_id = a.id JOIN slips s ON s.id = i.slip_id
WHERE a.corrections > 0
"""
_PAID_ELSEWHERE = """
SELECT DISTINCT s.payment_number FROM slips s JOIN receipts r ON r.slip_id = s.id
WHERE r.channel <> 'payeasy' AND r.state <> 'CANCELLED'
"""


async def _rows(mesh, service: str, query: str) -> list:
    async with mesh.resources[service].foundation.engine.connect() as connection:
        return list((await connection.execute(text(query))).all())


@pytest_asyncio.fixture(scope="module")
async def walked(database_server, shelf, tmp_path_factory):
    """The mesh after a walk of two instalments, and its outcome; no test changes it."""
    home, server = database_server
    databases = Databases(home, server, os.environ.get("PYTEST_XDIST_WORKER", "main"), shelf)
    mesh = await make_mesh(databases, tmp_path_factory.mktemp("walked"))
    try:  # a walk that breaks leaves no connection behind: the server would wait for it
        yield mesh, await mesh.rehearsal().run(seed=SEED, instalments=2)
    finally:
        await mesh.close()
        await databases.close()


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


async def test_every_yen_of_a_short_walk_is_in_exactly_one_heap(walked):
    mesh, outcome = walked
    assert outcome.failures == []  # which holds the standard system's import against the books
    assert (await mesh.access.staff_asks("system", LIST_DELIVERIES)).deliveries == ()
    figures = outcome.summary
    assert figures["residual_yen"] == figures["lost"] == figures["doubled"] == 0
    assert figures["declined"] == 2
    assert figures["overpaid_yen"] > 0
    assert all(figures["identities"].values())
    stated = [i.about for i in outcome.findings.statement.identities if "statements" in i.about]
    assert [about.partition(":")[0] for about in stated] == [
        "mobile_banking",
        "mobile_credit",
        "payeasy",
    ]
    assert (await mesh.access.operate(COLLECTION_ACCOUNT)).paid_in_yen > 0
    billed = [bill.lines for bill in (await mesh.access.operate(LIST_FEE_BILLS)).bills]
    assert sum(line.receipt_count for lines in billed for line in lines) > 0


async def test_what_the_ward_believes_is_what_the_centre_holds(walked):
    mesh, _ = walked
    centre = {row.payment_number: row for row in await _rows(mesh, "lgwan_asp", _AT_CENTRE)}
    ward = {row.payment_number: row for row in await _rows(mesh, "ward_gateway", _AT_WARD)}
    assert set(ward) == set(centre)
    for number, slip in ward.items():
        bill = centre[number]
        assert slip.state == ("HELD" if bill.delete_reason is None else "CLOSED"), number
        assert slip.paid == bill.paid, number
        assert slip.centre_effective_on >= bill.effective_on, number
    elsewhere = {row.payment_number for row in await _rows(mesh, "ward_gateway", _PAID_ELSEWHERE)}
    still_payable = {number for number, bill in centre.items() if bill.delete_reason is None}
    assert elsewhere, "the walk has payments by app"
    # One slip was paid twice, by card and on its own key: the centre answers 20, it stays as it is.
    assert {number for number in elsewhere & still_payable if not centre[number].paid} == set()
    open_orders = "SELECT 1 FROM billing_orders WHERE outcome IS NULL"
    assert await _rows(mesh, "ward_gateway", open_orders) == []


async def test_what_is_corrected_is_told_to_the_centre_and_paid_as_it_is_owed_then(walked):
    mesh, outcome = walked
    assert outcome.summary["corrections"] == {change.value: 1 for change in Change}
    centre = {row.payment_number: row for row in await _rows(mesh, "lgwan_asp", _AT_CENTRE)}

    def held_and_paid(slip) -> tuple[bool, bool]:
        bill = centre[slip.payment_number]
        return bill.delete_reason is None, bill.paid

    corrected = await _rows(mesh, "ward_gateway", _CORRECTED)
    (new,) = [slip for slip in corrected if slip.issue == 1]
    (old,) = [s for s in corrected if _claim(s) == _claim(new) and s.issue == 0]
    (gone,) = [slip for slip in corrected if slip.cancelled]
    assert new.amount_yen == new.owed_yen < old.amount_yen
    assert gone.owed_yen == 0
    assert held_and_paid(new) == (True, True)
    assert held_and_paid(old) == held_and_paid(gone) == (False, False)
    moved_in = [r for r in outcome.findings.receipts if r.notice_number == MOVED_IN_NOTICE]
    assert [(r.channel, r.phase) for r in moved_in] == [("mobile_credit", "funded")]


def _claim(slip) -> str:
    return slip.payment_number[:14]


async def test_a_counter_that_sends_paper_is_counted_once_told_by_wire_or_not(walked):
    mesh, outcome = walked
    assert outcome.summary["paper_notices"] == 2
    joined, alone = await _rows(mesh, "ward_gateway", _PAPER)
    assert (joined.joined_channel, joined.joined_state) == ("payeasy", "FUNDED")
    assert joined.own_state in {None, "CANCELLED"}
    assert (alone.joined_channel, alone.own_state) == (None, "FUNDED")
    assert outcome.summary["payments"]["bank_counter"] == 1


async def test_the_verdict_names_a_claim_of_which_those_outside_know_other_yen(walked, tmp_path):
    mesh, outcome = walked
    lines, exceptions = outcome.findings.lines, outcome.findings.exceptions
    copy = tmp_path / "outside.sqlite"
    copy.write_bytes((mesh.installation.home.path.parent / "outside.sqlite").read_bytes())
    books = Books(copy)
    assert [*differences(books, lines), *unexplained(books, exceptions)] == []
    claim = next(key for key, yen in books.claims().items() if len(yen) == 1)
    books.assess([ClaimNote(claim, 1, books.claims()[claim][0] + 1)])
    (named,) = differences(books, lines)
    assert named.startswith(f"claim {claim[0]}-{claim[1]:02d}: ")
    books.close()


async def test_what_the_banks_sum_up_is_what_the_centre_received(walked):
    [sums] = await _rows(walked[0], "lgwan_asp", _BANKS_SUMS)
    assert sums.told_yen == sums.received_yen > 0
    assert sums.differences == 0


async def test_the_window_of_every_dead_slip_is_measured(walked):
    mesh, _ = walked
    query = {"first": "2025-06-01", "last": "2025-12-31"}
    report = await mesh.access.staff_asks("clerk", DEAD_KEYS, query=query)
    elsewhere = await _rows(mesh, "ward_gateway", _PAID_ELSEWHERE)
    assert report.paid_while_dead == 1
    # A claim that was lowered has another key now, one that was cancelled has none.
    assert (report.closed, report.still_open) == (len(elsewhere) - 1 + 2, 0)
    assert 0 < report.median_hours <= report.p95_hours <= report.longest_hours


async def test_each_service_is_killed_once_and_every_yen_stays_in_its_heap(walked, tmp_path):
    _, undisturbed = walked
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
    stated = (tmp_path / "results" / "statement.csv").read_text()
    assert stated == undisturbed.statement, entropy  # the same seed, byte for byte


@pytest.mark.parametrize("experiment", ["bank-line-removed"])
def test_the_demo_exits_with_1_and_names_what_a_damaged_file_hid(tmp_path, experiment):
    process = demo(tmp_path, "--instalments", "1", "--experiment", experiment)
    output, complaints = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    figures = json.loads(output)
    assert any("exception funds_late" in failure for failure in figures["failures"])
    assert figures["residual_yen"] > 0
    assert "funds_late" in complaints


async def test_each_damaged_line_of_a_walk_is_named_by_its_own_code_and_yen(mesh):
    """A bank line that was removed is named above, by the demo itself."""
    rehearsal = mesh.rehearsal()
    apply_experiment(rehearsal, Experiment.BANK_LINE_ADDED)
    strikes = []
    for experiment in (Experiment.CONFIRMED_LINE_REMOVED, Experiment.CONFIRMED_LINE_ADDED):
        apply_experiment(rehearsal, experiment)
        strikes.append(rehearsal.before_collection)

    async def strike_all(day: date) -> None:
        for strike in strikes:
            await strike(day)

    rehearsal.before_collection = strike_all
    outcome = await rehearsal.run(seed=1, instalments=1)

    def named(code: str) -> list[int]:
        assert any(f"exception {code}: " in each for each in outcome.failures), (code, outcome)
        return sorted(int(e.amount_yen) for e in outcome.findings.exceptions if e.code == code)

    assert named("deposit_excess") == [KNOWN_REMITTER_EXTRA_YEN]
    (removed,) = named("preliminary_without_confirmed")
    (added,) = named("confirmed_without_preliminary")
    assert removed != added, "yen that are the same would not tell which line is meant"
    assert named("pay_in_statement_differs") == sorted([removed, added])
    # What was removed is missing twice: the receipt is not funded, and its money explains nothing.
    explained_yen = KNOWN_REMITTER_EXTRA_YEN + 2 * removed + added
    assert outcome.summary["residual_yen"] == explained_yen
