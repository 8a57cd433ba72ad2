"""Take the card agent's sealed files for the wards, its reports and its 計算書, as they are: nobody
here can open them (BOOKS §1.3).
"""

from __future__ import annotations

from collections.abc import Mapping

from services.payment_provider.clients.card_agent import CardAgentClient
from services.payment_provider.domain.files import WaitingFile, sha256_of
from services.payment_provider.usecases.books import Books
from shared.kit.ids import new_id
from shared.kit.logs import logger
from shared.wire.file_collection import SEALED, FileListed

COUNTED = ("stored", "acknowledged", "damaged", "unknown_municipality", "unknown_kind")


async def fetch_agent_reports(books: Books, *, card_agent: CardAgentClient) -> Mapping[str, int]:
    """List, collect, store and acknowledge every waiting report; return the counts.

    A report is stored once by the agent's file id, then acknowledged; killed in between, the next
    run only acknowledges. One whose bytes do not fit its hash, of a municipality without a
    contract, or of a kind that we do not carry, is left with the agent and counted. A silent agent
    ends the run with Peer…; run again.
    """
    counts = dict.fromkeys(COUNTED, 0)
    for report in await card_agent.waiting_reports():
        if not books.contracts.knows(report.municipality):
            logger().error("report_of_unknown_municipality", file=str(report.file_id))
            counts["unknown_municipality"] += 1
            continue
        if report.kind not in SEALED:
            logger().error("report_of_unknown_kind", file=str(report.file_id))
            counts["unknown_kind"] += 1
            continue
        async with books.open_unit_of_work() as work:
            stored = await work.files.has_source(report.file_id)
        if not stored:
            content = await card_agent.collect_report(report.file_id)
            if sha256_of(content) != report.sha256:
                logger().error("report_damaged", file=str(report.file_id))
                counts["damaged"] += 1
                continue
            counts["stored"] += await _store(report, content, books)
        await card_agent.acknowledge_report(report.file_id, report.sha256)
        counts["acknowledged"] += 1
    return counts


async def _store(report: FileListed, content: bytes, books: Books) -> int:
    file = WaitingFile(
        id=new_id(),
        municipality=report.municipality,
        kind=report.kind,
        sequence=report.sequence,
        record_count=report.record_count,
        total_yen=report.total_yen,
        sha256=report.sha256,
        size_bytes=len(content),
        created_at=books.clock.now(),
        source_file_id=report.file_id,
    )
    async with books.open_unit_of_work() as work:
        added = await work.files.add(file, content)
        await work.commit()
    return int(added)
