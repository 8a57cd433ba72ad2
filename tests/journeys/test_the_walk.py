"""The year in one process: two instalments with all five troubles, and what a damaged file does."""

from __future__ import annotations

import pytest

from shared.wire.deliveries import LIST_DELIVERIES
from shared.wire.fee_bills import LIST_FEE_BILLS
from shared.wire.sandbox_books import COLLECTION_ACCOUNT
from simulation.experiments import Experiment, apply_experiment
from tests.support.mesh import make_mesh


async def test_every_yen_of_a_short_walk_is_in_exactly_one_heap(mesh):
    outcome = await mesh.rehearsal().run(seed=1, instalments=2)
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


async def test_the_same_seed_gives_the_same_statement_byte_for_byte(databases, tmp_path):
    outcomes = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        mesh = await make_mesh(databases, tmp_path / name)
        outcomes.append(await mesh.rehearsal().run(seed=5, instalments=1))
        await mesh.close()
    assert outcomes[0].statement == outcomes[1].statement
    assert outcomes[0].summary == outcomes[1].summary


@pytest.mark.parametrize(
    ("experiment", "named"),
    [
        (Experiment.BANK_LINE_REMOVED, "funds_late"),
        (Experiment.BANK_LINE_ADDED, "deposit_excess"),
        (Experiment.CONFIRMED_LINE_REMOVED, "pay_in_statement_differs"),
        (Experiment.CONFIRMED_LINE_ADDED, "confirmed_without_preliminary"),
    ],
)
async def test_one_damaged_line_is_named(mesh, experiment, named):
    rehearsal = mesh.rehearsal()
    apply_experiment(rehearsal, experiment)
    outcome = await rehearsal.run(seed=1, instalments=1)
    assert any(f"exception {named}" in failure for failure in outcome.failures), outcome.failures
    assert outcome.summary["residual_yen"] > 0
