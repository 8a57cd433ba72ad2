"""計算書 of the card agent's orders: sealed for the ward, one commit, and what they say."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from sqlalchemy import func, select

from services.card_agent.store.tables import TRANSFER_ORDERS, WAITING_FILES
from services.card_agent.store.unit_of_work import UnitOfWork
from services.card_agent.usecases.write_transfer_orders import write_transfer_orders
from shared.files.keisansho import StatementLine, load_keisansho
from shared.keys.channels import Channel
from shared.kit.clock import tokyo_time
from shared.kit.envelope import EnvelopeNotOpened, unseal
from shared.wire.file_collection import AGENT_PAY_IN_STATEMENT, AT_CARD_AGENT
from shared.wire.sandbox_remittances import PLAN_TROUBLE, PlanTrouble
from tests.integration.services.card_agent.conftest import OTHER_TOWN, REMITTERS, TOWN

DESIGNATED = date(2025, 6, 9)
PAID = {TOWN: (33_138, 1_923), OTHER_TOWN: (5_000,)}


class Killed(BaseException):
    """The process ended here."""


async def _pay(agent) -> None:
    for town, amounts in PAID.items():
        for slip, amount in enumerate(amounts):
            question = await agent.question(slip=slip, amount_yen=amount, town=town)
            await agent.authorise(question)


async def _plan(agent, kind: str, **amount: int) -> None:
    body = PlanTrouble(municipality=TOWN, value_date=DESIGNATED, kind=kind, **amount)
    await agent.operator().ask(PLAN_TROUBLE, body)


async def _statement(agent, town: str = TOWN) -> list[StatementLine]:
    (file,) = [f for f in await agent.files(AGENT_PAY_IN_STATEMENT) if f.municipality == town]
    loaded = load_keisansho([await agent.opened(file)])
    assert loaded.problems == []
    assert (file.record_count, file.total_yen) == (
        len(loaded.records),
        loaded.records[-1].amount_yen,
    )
    return loaded.records


async def test_an_order_comes_with_the_statement_of_its_commissions(agent) -> None:
    await _pay(agent)
    agent.move_to(tokyo_time(DESIGNATED, 7))
    await agent.run("write_transfer_orders")
    orders = {order.municipality: order.amount_yen for order in await agent.orders(DESIGNATED)}
    for town, amounts in PAID.items():
        *parts, total = await _statement(agent, town)
        assert (total.count, total.amount_yen) == (len(amounts), orders[town])
        assert sum(part.amount_yen for part in parts) == total.amount_yen
        assert (total.municipality, total.channel) == (town, Channel.MOBILE_CREDIT)
        assert (total.remitter_code, total.paid_in_on) == (REMITTERS[town], DESIGNATED)
        assert total.collected_from == total.collected_to == date(2025, 6, 2)


async def test_a_statement_can_be_opened_by_its_ward_only(agent) -> None:
    await _pay(agent)
    agent.move_to(tokyo_time(DESIGNATED, 7))
    await agent.run("write_transfer_orders")
    (file,) = [f for f in await agent.files(AGENT_PAY_IN_STATEMENT) if f.municipality == TOWN]
    sealed = await agent.provider.fetch(AT_CARD_AGENT.collect_file, file_id=file.file_id)
    assert TOWN.encode() not in sealed
    with pytest.raises(EnvelopeNotOpened):
        unseal(sealed, agent.keys[OTHER_TOWN].as_dict(private=True))


async def test_an_order_and_its_statement_are_one_commit(agent) -> None:
    await _pay(agent)
    agent.move_to(tokyo_time(DESIGNATED, 7))

    class Dying(UnitOfWork):
        async def commit(self) -> None:
            raise Killed

    resources = agent.resources
    write = partial(
        write_transfer_orders,
        contracts=resources.contracts,
        clock=resources.clock,
        seal=resources.seal_to_ward,
    )
    with pytest.raises(Killed):
        await write(open_unit_of_work=lambda: Dying(agent.engine, agent.clock))
    async with agent.engine.connect() as connection:
        for table in (TRANSFER_ORDERS, WAITING_FILES):
            counted = select(func.count()).select_from(table)
            assert (await connection.execute(counted)).scalar_one() == 0
    await agent.run("write_transfer_orders")
    assert len(await agent.files(AGENT_PAY_IN_STATEMENT)) == len(await agent.orders(DESIGNATED))
    await agent.run("write_transfer_orders")
    assert len(await agent.files(AGENT_PAY_IN_STATEMENT)) == 2


async def test_a_short_order_is_not_told_by_its_statement(agent) -> None:
    await _pay(agent)
    await _plan(agent, "short", yen=61)
    agent.move_to(tokyo_time(DESIGNATED, 7))
    await agent.run("write_transfer_orders")
    owed = sum(PAID[TOWN])
    assert (await _statement(agent))[-1].amount_yen == owed
    assert [o.amount_yen for o in await agent.orders(DESIGNATED)] == [owed - 61, 5_000]


@pytest.mark.parametrize(("commissions", "stated"), [(1, 1), (2, 0)])
async def test_what_no_report_tells_stands_in_no_statement_either(
    agent, commissions, stated
) -> None:
    await _pay(agent)
    await _plan(agent, "unreported", commissions=commissions)
    agent.move_to(tokyo_time(DESIGNATED, 7))
    await agent.run("write_transfer_orders")
    of_town = [f for f in await agent.files(AGENT_PAY_IN_STATEMENT) if f.municipality == TOWN]
    assert len(of_town) == stated
    if stated:
        total = (await _statement(agent))[-1]
        assert (total.count, total.amount_yen in PAID[TOWN]) == (1, True)
    assert sum(PAID[TOWN]) in [order.amount_yen for order in await agent.orders(DESIGNATED)]
