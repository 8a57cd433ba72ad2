"""Data and money go apart and tell the same story: the sealed reports and the transfer orders."""

from __future__ import annotations

from datetime import date

import pytest

from shared.files.nofu_jutaku_hokoku import CommissionStatus
from shared.kit.clock import tokyo_time
from shared.kit.envelope import EnvelopeNotOpened, unseal
from shared.kit.ids import new_id
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.file_collection import AT_CARD_AGENT, AcknowledgeFile
from shared.wire.transfer_orders import FROM_CARD_AGENT
from tests.integration.services.card_agent.conftest import OTHER_TOWN, REMITTERS, TOWN

PAID = {TOWN: (33_138, 1_923), OTHER_TOWN: (5_000,)}
DESIGNATED = date(2025, 6, 9)


async def _pay(agent) -> None:
    for town, amounts in PAID.items():
        for slip, amount in enumerate(amounts):
            question = await agent.question(slip=slip, amount_yen=amount, town=town)
            await agent.authorise(question)


async def _morning(agent, day: date, hour: int = 7) -> None:
    agent.move_to(tokyo_time(day, hour))
    await agent.run("write_transfer_orders")
    await agent.run("build_agent_reports")


async def test_commissions_are_reported_on_the_next_day_to_their_own_ward(agent) -> None:
    await _pay(agent)
    assert await agent.run("build_agent_reports") == {"files": 0, "lines": 0}
    await _morning(agent, date(2025, 6, 3))
    files = await agent.files()
    assert [(f.municipality, f.kind, f.sequence) for f in files] == [
        (TOWN, "agent_report", 1),
        (OTHER_TOWN, "agent_report", 1),
    ]
    for file in files:
        lines = await agent.report(file)
        assert sorted(line.amount_yen for line in lines) == sorted(PAID[file.municipality])
        assert {line.status for line in lines} == {CommissionStatus.COMMISSIONED}
        assert (file.record_count, file.total_yen) == (len(lines), sum(PAID[file.municipality]))


async def test_a_report_can_be_opened_by_its_ward_only(agent) -> None:
    await _pay(agent)
    await _morning(agent, date(2025, 6, 3))
    (file, _) = await agent.files()
    sealed = await agent.provider.fetch(AT_CARD_AGENT.collect_file, file_id=file.file_id)
    assert b"91912345" not in sealed
    with pytest.raises(EnvelopeNotOpened):
        unseal(sealed, agent.keys[OTHER_TOWN].as_dict(private=True))


async def test_an_order_pays_what_the_report_then_says_was_remitted(agent) -> None:
    await _pay(agent)
    await _morning(agent, date(2025, 6, 3))
    agent.move_to(tokyo_time(DESIGNATED, 6, 59))
    assert await agent.run("write_transfer_orders") == {"orders": 0, "commissions": 0}
    await _morning(agent, DESIGNATED)
    orders = {order.municipality: order for order in await agent.orders(DESIGNATED)}
    later = [file for file in await agent.files() if file.sequence == 2]
    assert set(orders) == {file.municipality for file in later} == {TOWN, OTHER_TOWN}
    for file in later:
        lines = await agent.report(file)
        order = orders[file.municipality]
        assert {line.status for line in lines} == {CommissionStatus.REMITTED}
        assert {line.remitted_on for line in lines} == {DESIGNATED}
        assert order.amount_yen == sum(line.amount_yen for line in lines)
        assert order.amount_yen == sum(PAID[file.municipality])  # nothing is netted
        assert order.remitter_code == REMITTERS[file.municipality]


async def test_jobs_that_run_again_say_nothing_new(agent) -> None:
    await _pay(agent)
    await _morning(agent, DESIGNATED)
    before = (await agent.orders(DESIGNATED), await agent.files())
    assert await agent.run("write_transfer_orders") == {"orders": 0, "commissions": 0}
    assert await agent.run("build_agent_reports") == {"files": 0, "lines": 0}
    assert (await agent.orders(DESIGNATED), await agent.files()) == before


async def test_a_missed_day_is_paid_by_an_order_of_today_and_reported_late(agent) -> None:
    await _pay(agent)
    agent.move_to(tokyo_time(date(2025, 6, 11), 6, 59))
    assert await agent.run("write_transfer_orders") == {"orders": 0, "commissions": 0}
    await _morning(agent, date(2025, 6, 11))
    assert await agent.orders(DESIGNATED) == ()  # no bank books into the past
    orders = await agent.orders(date(2025, 6, 11))
    assert [order.amount_yen for order in orders] == [sum(PAID[TOWN]), sum(PAID[OTHER_TOWN])]
    for file in await agent.files():
        lines = await agent.report(file)
        assert {line.status for line in lines} == {CommissionStatus.LATE}
        assert {line.remitted_on for line in lines} == {date(2025, 6, 11)}


async def test_an_answer_found_after_its_designated_date_is_paid_late_whatever_else_was_paid(
    agent,
) -> None:
    lost = await agent.question("4000000000000119", slip=9)
    with pytest.raises(PeerOutcomeUnknown):
        await agent.authorise(lost)
    await _morning(agent, DESIGNATED)  # nothing else falls due: no order of that day exists
    agent.move_to(tokyo_time(date(2025, 6, 14), 8))  # Saturday
    await agent.run("settle_authorisations")
    assert await agent.run("write_transfer_orders") == {"orders": 0, "commissions": 0}
    await _morning(agent, date(2025, 6, 16))
    assert await agent.orders(DESIGNATED) == ()
    (order,) = await agent.orders(date(2025, 6, 16))
    (file,) = await agent.files()
    (line,) = await agent.report(file)
    assert (line.status, line.remitted_on) == (CommissionStatus.LATE, date(2025, 6, 16))
    assert line.amount_yen == order.amount_yen


async def test_a_commission_that_was_settled_late_is_paid_late_and_says_so(agent) -> None:
    await _pay(agent)
    lost = await agent.question("4000000000000119", slip=9)
    with pytest.raises(PeerOutcomeUnknown):
        await agent.authorise(lost)
    await _morning(agent, DESIGNATED)
    await agent.run("settle_authorisations")
    assert await agent.run("write_transfer_orders") == {"orders": 0, "commissions": 0}
    await _morning(agent, date(2025, 6, 10))
    (order,) = await agent.orders(date(2025, 6, 10))
    assert (order.municipality, order.amount_yen) == (TOWN, 33_138)
    newest = max(
        (f for f in await agent.files() if f.municipality == TOWN), key=lambda f: f.sequence
    )
    (line,) = await agent.report(newest)
    assert (line.status, line.remitted_on) == (CommissionStatus.LATE, date(2025, 6, 10))


async def test_an_acknowledged_file_waits_no_longer(agent) -> None:
    await _pay(agent)
    await _morning(agent, date(2025, 6, 3))
    (file, other) = await agent.files()

    async def acknowledge(file_id, sha256):
        body = AcknowledgeFile(file_id=file_id, sha256=sha256)
        return await agent.provider.ask(AT_CARD_AGENT.acknowledge_file, body, file_id=file.file_id)

    for file_id, sha256, code in (
        (file.file_id, "0" * 64, "file_hash_differs"),
        (other.file_id, file.sha256, "file_not_found"),
    ):
        with pytest.raises(PeerRefused) as refused:
            await acknowledge(file_id, sha256)
        assert refused.value.code == code
    first = await acknowledge(file.file_id, file.sha256)
    agent.move_to(tokyo_time(date(2025, 6, 4)))
    assert await acknowledge(file.file_id, file.sha256) == first
    assert await agent.files() == (other,)


async def test_a_file_that_is_not_there_is_not_found(agent) -> None:
    with pytest.raises(PeerRefused) as refused:
        await agent.provider.fetch(AT_CARD_AGENT.collect_file, file_id=new_id())
    assert refused.value.code == "file_not_found"


async def test_a_bank_that_missed_days_is_told_the_orders_of_all_of_them(agent) -> None:
    await _pay(agent)
    await _morning(agent, DESIGNATED)
    late = await agent.question("4000000000000119", slip=9)
    with pytest.raises(PeerOutcomeUnknown):
        await agent.authorise(late)
    await agent.run("settle_authorisations")
    agent.move_to(tokyo_time(date(2025, 6, 16), 15))  # after the banks' cut-off
    assert await agent.run("write_transfer_orders") == {"orders": 0, "commissions": 0}
    await _morning(agent, date(2025, 6, 17))
    query = {"value_date": "2025-06-18", "since": "2025-06-09"}
    found = (await agent.operator("ward-bank").ask(FROM_CARD_AGENT, query=query)).orders
    assert [(o.value_date.day, o.municipality) for o in found] == [
        (9, TOWN),
        (9, OTHER_TOWN),
        (17, TOWN),
    ]
