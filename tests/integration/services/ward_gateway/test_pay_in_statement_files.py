"""計算書 as files: from the provider and, sealed, from the card agent through the provider."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.ward_gateway.store import tables
from services.ward_gateway.store.agent_tables import PAY_IN_STATEMENT_LINES, PAY_IN_STATEMENTS
from shared.files.keisansho import StatementLine, keisansho_totals, write_keisansho
from shared.files.pay_ins import Taken, pay_in_lines
from shared.keys.channels import Channel
from shared.keys.payment_number import PaymentNumber, SlipType
from shared.kit.envelope import seal
from shared.kit.money import Yen
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.pay_in_statements import TAKE_PAY_IN_STATEMENT
from tests.integration.services.ward_gateway.conftest import TOWN

PLAIN, SEALED = "pay_in_statement", "agent_pay_in_statement"
REMITTER = {
    Channel.MOBILE_BANKING: "0000000001",
    Channel.MOBILE_CREDIT: "0000000002",
    Channel.PAYEASY: "0000000003",
}
PAID_IN = date(2025, 6, 13)


def lines(
    channel: Channel = Channel.MOBILE_BANKING, *yen: int, remitter: str | None = None
) -> list[StatementLine]:
    """Return the 計算書 of a pay-in of these yen, each of an instalment of its own."""
    takings = [
        Taken(
            date(2025, 6, 2 + n),
            PaymentNumber(SlipType.INSTALMENT, 2025, n, f"{n:09d}", 1).biller_number,
            Yen(amount),
        )
        for n, amount in enumerate(yen or (1000, 500), 1)
    ]
    return pay_in_lines(
        takings,
        municipality=TOWN,
        channel=channel,
        remitter_code=remitter or REMITTER[channel],
        paid_in_on=PAID_IN,
    )


async def collected(ward, kind: str, rows: list[StatementLine], sequence: int = 1) -> list[str]:
    """Let the ward collect a statement; return the problems for which it was refused."""
    content = write_keisansho(rows)
    totals = keisansho_totals(content, rows)
    if kind == SEALED:
        content = seal(content, ward.sealing_key)
    ward.provider.offer(kind, sequence, content, totals.count, totals.total_yen)
    await ward.run("collect_leased_line")
    newest = [row for row in await ward.rows(tables.INTAKES) if row.sequence == sequence]
    return list(newest[0].problems)


@pytest.mark.parametrize(
    ("kind", "channel"), [(PLAIN, Channel.MOBILE_BANKING), (SEALED, Channel.MOBILE_CREDIT)]
)
async def test_a_statement_is_registered_with_its_parts_and_acknowledged(
    ward, kind, channel
) -> None:
    assert await collected(ward, kind, lines(channel)) == []
    (row,) = await ward.rows(PAY_IN_STATEMENTS)
    assert (row.channel, row.paid_in_on, row.remitter_code) == (
        channel.value,
        PAID_IN,
        REMITTER[channel],
    )
    assert (row.collected_from, row.collected_to) == (date(2025, 6, 3), date(2025, 6, 4))
    assert (row.receipt_count, row.total_yen) == (2, 1500)
    parts = await ward.rows(PAY_IN_STATEMENT_LINES)
    assert sorted((p.levy_year, p.instalment, p.receipt_count, p.amount_yen) for p in parts) == [
        (2025, 1, 1, 1000),
        (2025, 2, 1, 500),
    ]
    assert len(ward.provider.acknowledged) == 1


async def test_a_statement_of_anybody_else_is_refused_with_every_line_named(ward) -> None:
    rows = [replace(row, municipality="132012") for row in lines()]
    assert await collected(ward, PLAIN, rows) == [
        f"line {n} row position 2 municipality: not_this_ward" for n in (2, 3, 4)
    ]
    cards = lines(Channel.MOBILE_CREDIT)
    assert await collected(ward, PLAIN, cards, 2) == [
        f"line {n} row position 3 channel: not_the_listed_kind" for n in (2, 3, 4)
    ]
    foreign = lines(Channel.MOBILE_BANKING, 700, remitter=REMITTER[Channel.MOBILE_CREDIT])
    assert await collected(ward, PLAIN, foreign, 3) == [
        f"line {n} row position 4 remitter_code: remitter_not_of_this_channel" for n in (2, 3)
    ]
    assert await ward.count(PAY_IN_STATEMENTS) == 0
    assert await ward.exceptions() == ["file_refused"] * 3


async def test_a_statement_that_was_sealed_for_somebody_else_is_refused(ward) -> None:
    ward.provider.offer(SEALED, 1, b"not.an.envelope", 0, 0)
    await ward.run("collect_leased_line")
    (intake,) = await ward.rows(tables.INTAKES)
    assert intake.problems == ["line 0 file envelope: envelope_not_opened"]


async def test_the_two_payers_number_their_statements_apart(ward) -> None:
    assert await collected(ward, SEALED, lines(Channel.MOBILE_CREDIT)) == []
    assert await collected(ward, PLAIN, lines()) == []
    assert await ward.count(PAY_IN_STATEMENTS) == 2


async def test_the_treasurer_hands_in_the_gathering_branchs_statement_once(ward) -> None:
    content = write_keisansho(lines(Channel.PAYEASY))
    first = await ward.ask("treasury", TAKE_PAY_IN_STATEMENT, content)
    again = await ward.ask("treasury", TAKE_PAY_IN_STATEMENT, content)
    assert (first.pay_ins, first.repeated, first.total_yen) == (1, 0, 1500)
    assert (again.pay_ins, again.repeated, again.total_yen) == (0, 1, 1500)
    (row,) = await ward.rows(PAY_IN_STATEMENTS)
    assert (row.channel, row.total_yen, row.intake_id) == ("payeasy", 1500, None)
    other = write_keisansho(lines(Channel.PAYEASY, 700, 500))
    assert (await ward.ask("treasury", TAKE_PAY_IN_STATEMENT, other)).repeated == 1
    assert await ward.exceptions() == ["pay_in_statement_reused"]


async def test_a_statement_by_hand_is_refused_whole_and_only_the_treasury_hands_it_in(ward) -> None:
    good = write_keisansho(lines(Channel.PAYEASY))
    without_total = b"\r\n".join(good.split(b"\r\n")[:-2]) + b"\r\n"
    for wrong in (write_keisansho(lines()), without_total):
        with pytest.raises(PeerRefused) as refused:
            await ward.ask("treasury", TAKE_PAY_IN_STATEMENT, wrong)
        assert refused.value.code == "file_refused"
    with pytest.raises(PeerOutcomeUnknown, match="403 role_missing"):
        await ward.ask("clerk", TAKE_PAY_IN_STATEMENT, good)
    assert await ward.count(PAY_IN_STATEMENTS) == 0
