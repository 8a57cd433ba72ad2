"""Taking the bank's file: each line once, refused whole, or named."""

from __future__ import annotations

import pytest

from services.ward_gateway.domain.refusals import FileRefused
from services.ward_gateway.usecases.take_bank_statement import take_bank_statement
from tests.integration.services.ward_gateway.ward_rows import (
    REMITTERS,
    TRANSFER,
    Ward,
    bank_file,
    line,
)


@pytest.fixture
async def ward(databases, clock) -> Ward:
    ward = Ward(await databases.engine("ward_gateway"), clock)
    ward.on(TRANSFER)
    return ward


async def test_the_same_bytes_again_book_nothing(ward) -> None:
    first = await ward.bank(line(1, 1000), line(2, 500))
    again = await ward.bank(line(1, 1000), line(2, 500))
    assert (first.deposits, first.repeated, first.total_yen) == (2, 0, 1500)
    assert (again.deposits, again.repeated, again.total_yen) == (0, 2, 1500)
    assert (await ward.statement()).deposited_yen == 1500


async def test_a_line_that_another_file_brought_is_repeated_not_doubled(ward) -> None:
    await ward.bank(line(1, 1000))
    second = await ward.bank(line(1, 1000), line(2, 500))
    assert (second.deposits, second.repeated) == (1, 1)
    assert await ward.exceptions() == {}


async def test_one_reference_with_two_amounts_is_named_and_not_booked(ward) -> None:
    await ward.bank(line(1, 1000))
    second = await ward.bank(line(1, 999))
    assert (second.deposits, second.repeated) == (0, 0)
    assert await ward.exceptions() == {"deposit_reference_reused": 999}


async def test_a_line_that_stands_twice_in_one_file_is_named(ward) -> None:
    taken = await ward.bank(line(1, 1000), line(1, 1000))
    assert taken.deposits == 1
    assert await ward.exceptions() == {"deposit_reference_reused": 1000}


async def test_a_broken_file_is_refused_whole_with_every_problem_and_no_value(ward) -> None:
    broken = bytearray(bank_file(line(1, 1000), line(2, 500)))
    broken[200 + 19 : 200 + 29] = b"00000X1000"
    broken[600:601] = b"8"
    broken[600 + 7 : 600 + 19] = b"000000009999"
    with pytest.raises(FileRefused) as refused:
        await take_bank_statement(
            bytes(broken), open_unit_of_work=ward.work, remitters=REMITTERS, clock=ward.clock
        )
    assert refused.value.problems
    assert "00000X1000" not in str(refused.value.problems)
    assert (await ward.statement()).deposited_yen == 0


async def test_an_unknown_remitter_is_booked_and_named_at_reconciliation(ward) -> None:
    await ward.bank(line(1, 700, channel=None))
    await ward.reconcile()
    assert await ward.exceptions() == {"deposit_unidentified": 700}
    statement = await ward.statement()
    assert statement.heaps["C3"] == 700
    assert statement.residual_yen == 700


async def test_a_cancelled_line_nets_with_its_original(ward) -> None:
    await ward.bank(line(1, 700), line(1, 700, cancelled=True))
    await ward.reconcile()
    statement = await ward.statement()
    assert await ward.exceptions() == {}
    assert (statement.deposited_yen, statement.residual_yen) == (0, 0)
    assert ("deposit", "", 0, 0, "payeasy", "C6", 0, 0, 0) in await ward.lines(statement)


async def test_a_cancellation_of_nothing_is_named_and_breaks_the_partition(ward) -> None:
    await ward.bank(line(1, 700, cancelled=True))
    await ward.reconcile()
    statement = await ward.statement()
    assert await ward.exceptions() == {"reversal_unmatched": 700}
    assert statement.residual_yen == 700
    assert [i.holds for i in statement.identities if i.name == "I4"] == [False]
