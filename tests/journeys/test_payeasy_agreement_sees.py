"""The agreement on Pay-easy's money is itself tested: each planted damage is named."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from shared.wire.doors import LGWAN_ASP, WARD_GATEWAY
from simulation.banks import ATM_CASH
from tests.support.payeasy_agreement import (
    BUSINESS_DAYS_TO_THE_MONEY,
    read_facts,
    wrong_when_paid,
    wrong_when_told,
)
from tests.support.world import World, make_world


async def pay_and_walk_to_the_money(databases, tmp_path) -> World:
    world = await make_world(databases, tmp_path, households=2)
    await world.next_morning()
    slip = world.new_slip()
    await world.walk.banks.pay(
        slip.keys, bank_code="0001", medium=ATM_CASH, at=world.now, trace="00000001"
    )
    await world.walk_business_days(BUSINESS_DAYS_TO_THE_MONEY)
    return world


async def change(world: World, service: str, statement: str) -> None:
    async with world.mesh.resources[service].foundation.engine.begin() as connection:
        await connection.execute(text(statement))


async def a_bank_forgets_to_tell(world: World) -> None:
    world.mesh.books.note_taking("0001", "00000001R", "intended")


async def a_bank_writes_another_amount(world: World) -> None:
    world.mesh.books._database.execute("UPDATE bank_takings SET amount_yen = amount_yen + 1")


async def the_account_has_a_line_too_many(world: World) -> None:
    world.mesh.books.book("nobody", date(2025, 6, 5), ("0000013104", "ﾀﾞﾚｶ"), 5)


async def the_ward_misses_a_receipt_number(world: World) -> None:
    await change(world, WARD_GATEWAY, "UPDATE receipts SET shop_code = 'other'")


async def a_file_is_never_acknowledged(world: World) -> None:
    await change(world, LGWAN_ASP, "UPDATE outgoing_files SET state = 'READY' WHERE sequence = 1")


async def a_slip_waits_for_ever(world: World) -> None:
    await change(world, WARD_GATEWAY, "UPDATE slips SET state = 'SENT' WHERE instalment = 3")


async def the_centre_shows_another_amount(world: World) -> None:
    await change(world, LGWAN_ASP, "UPDATE bills SET amount_yen = amount_yen + 1")


DAMAGES = {
    "is intended": a_bank_forgets_to_tell,
    "payments at banks and centre": a_bank_writes_another_amount,
    "bookings and deposits": the_account_has_a_line_too_many,
    "payments at centre and ward": the_ward_misses_a_receipt_number,
    "is still READY": a_file_is_never_acknowledged,
    "is still SENT": a_slip_waits_for_ever,
    "slips and bills": the_centre_shows_another_amount,
}


@pytest.mark.parametrize("named", DAMAGES)
async def test_each_planted_damage_is_named(databases, tmp_path, named):
    world = await pay_and_walk_to_the_money(databases, tmp_path)
    facts = await read_facts(world)
    assert wrong_when_told(facts) == await wrong_when_paid(world, facts) == []
    await DAMAGES[named](world)
    found = await wrong_when_paid(world, await read_facts(world))
    assert any(named in line for line in found), found
    await world.mesh.close()
