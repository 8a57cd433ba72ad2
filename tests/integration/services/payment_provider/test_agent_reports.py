"""The card agent's sealed reports on their way to the wards, and the daily comparison."""

from __future__ import annotations

import hashlib

import pytest

from services.payment_provider.store.tables import COMPARISONS, DIFFERENCES
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.wire.file_collection import AGENT_PAY_IN_STATEMENT, AGENT_REPORT, FileListed
from tests.support.databases import as_written
from tests.unit.services.payment_provider.samples import OTHER_WARD, WARD, barcode

SEALED = b"eyJhbGciOiJFQ0RILUVTIn0.sealed.for.the.ward"


def _report(
    provider,
    *,
    municipality: str = WARD,
    sequence: int = 1,
    content: bytes = SEALED,
    kind: str = AGENT_REPORT,
):
    listed = FileListed(
        file_id=new_id(),
        municipality=municipality,
        kind=kind,
        sequence=sequence,
        record_count=28,
        total_yen=Yen(900_000),
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        created_at=provider.clock.now(),
    )
    provider.agent.reports[listed.file_id] = (listed, content)
    return listed


async def _rows(provider, table) -> list:
    async with provider.resources.foundation.engine.connect() as connection:
        return list((await connection.execute(as_written(table))).all())


async def test_a_sealed_report_passes_through_byte_for_byte(provider):
    source = _report(provider, sequence=4)
    counts = await provider.run("fetch_agent_reports")
    assert (counts["stored"], counts["acknowledged"]) == (1, 1)
    terminal = await provider.terminal()
    [listed] = await terminal.files()
    assert (listed.kind, listed.sequence, listed.record_count) == (AGENT_REPORT, 4, 28)
    assert (listed.total_yen, listed.sha256) == (900_000, source.sha256)
    assert await terminal.collect(listed) == SEALED
    assert await (await provider.terminal(OTHER_WARD)).files() == []


async def test_a_sealed_statement_keeps_its_kind_and_another_kind_is_left_with_the_agent(provider):
    _report(provider, kind=AGENT_PAY_IN_STATEMENT)
    _report(provider)  # number 1 of its own kind
    _report(provider, kind="receipts_mobile_banking", sequence=2)
    counts = await provider.run("fetch_agent_reports")
    assert (counts["stored"], counts["acknowledged"], counts["unknown_kind"]) == (2, 2, 1)
    listed = await (await provider.terminal()).files()
    assert sorted((f.kind, f.sequence) for f in listed) == [
        (AGENT_PAY_IN_STATEMENT, 1),
        (AGENT_REPORT, 1),
    ]


async def test_a_report_is_stored_once_though_its_acknowledgement_is_lost(provider):
    _report(provider)
    provider.net.plan(r"/acknowledgement$", "question_lost")
    with pytest.raises(PeerOutcomeUnknown):
        await provider.run("fetch_agent_reports")
    counts = await provider.run("fetch_agent_reports")
    assert (counts["stored"], counts["acknowledged"]) == (0, 1)
    assert len(await (await provider.terminal()).files()) == 1


async def test_an_agent_that_is_down_ends_the_run_and_the_next_one_goes_on(provider):
    _report(provider)
    provider.net.plan(r"GET /files$", "peer_down")
    with pytest.raises(PeerNotDone):
        await provider.run("fetch_agent_reports")
    assert (await provider.run("fetch_agent_reports"))["stored"] == 1


async def test_a_damaged_report_and_a_strangers_report_stay_with_the_agent(provider):
    damaged = _report(provider)
    provider.agent.reports[damaged.file_id] = (damaged, SEALED + b"x")
    _report(provider, municipality="999999")
    good = _report(provider, sequence=2)
    counts = await provider.run("fetch_agent_reports")
    assert {name: count for name, count in counts.items() if count} == dict.fromkeys(
        ("stored", "acknowledged", "damaged", "unknown_municipality"), 1
    )
    assert provider.agent.acknowledged == [good.file_id]


async def test_equal_books_are_compared_once(provider):
    for notice in range(3):
        await provider.by_card(barcode(notice))
    provider.at(6, 3)
    counts = await provider.run("compare_commissions")
    assert (counts["days"], counts["commissions"]) == (1, 3)
    assert (counts["differences"], counts["left_open"]) == (0, 0)
    [row] = await _rows(provider, COMPARISONS)
    assert (str(row.day), row.commission_count) == ("2025-06-02", 3)


async def test_a_commission_that_one_side_does_not_have_is_a_difference_once(provider):
    view = await provider.by_card(barcode(1))
    here = (await provider.stored(view.payment_id)).peer_id
    await provider.by_card(barcode(2))
    provider.agent.hidden.add(here)
    question, answer = next(iter(provider.agent.commissions.values()))
    stranger = new_id()
    provider.agent.commissions[stranger] = (
        question.model_copy(update={"authorisation_id": stranger}),
        answer.model_copy(update={"authorisation_id": stranger}),
    )
    provider.at(6, 3)
    assert (await provider.run("compare_commissions"))["differences"] == 2
    assert (await provider.run("compare_commissions"))["differences"] == 0
    found = {row.authorisation_id: row.kind for row in await _rows(provider, DIFFERENCES)}
    assert found == {here: "missing_there", stranger: "missing_here"}


async def test_a_day_with_an_open_payment_is_compared_again(provider):
    provider.net.plan(r"POST /authorisations$", "answer_lost")
    await provider.by_card(barcode(1))
    provider.at(6, 4)
    first = await provider.run("compare_commissions")
    assert (first["differences"], first["left_open"] > 0) == (0, True)
    assert await _rows(provider, COMPARISONS) == []
    await provider.run("settle_card_payments")
    second = await provider.run("compare_commissions")
    assert (second["differences"], second["left_open"], second["commissions"]) == (0, 0, 1)
    assert {str(row.day) for row in await _rows(provider, COMPARISONS)} == {
        "2025-06-02",
        "2025-06-03",
    }


async def test_nothing_may_be_uploaded_on_the_leased_line(provider):
    terminal = await provider.terminal()
    response = await terminal.client.http.post(
        "https://provider.test/files",
        content=b"x",
        headers={"authorization": f"Bearer {terminal.session}"},
    )
    assert response.status_code in {404, 405}
    with pytest.raises(PeerRefused, match="file_not_found"):
        await terminal.acknowledge(_report(provider))
