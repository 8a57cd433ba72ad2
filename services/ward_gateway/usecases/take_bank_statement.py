"""Take a bank statement (振込入金通知): book each line of the ward's account once.

Knows no receipt: deposits come from the bank's own bookings, never from the file they are to prove.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from services.ward_gateway.domain.deposits import BankReference, Deposit
from services.ward_gateway.domain.exceptions import ExceptionCode, Finding
from services.ward_gateway.domain.refusals import FileRefused
from services.ward_gateway.store.unit_of_work import UnitOfWork
from shared.files.problems import FileProblem
from shared.files.zengin_deposits import Deposit as BankLine
from shared.files.zengin_deposits import load_deposits
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.kit.money import Yen

FIRST_DATA_LINE = 2  # the header is line 1


@dataclass(frozen=True)
class TakenStatement:
    """deposits: lines booked now; repeated: lines that stood already; total_yen: the file's."""

    sha256: str
    deposits: int
    repeated: int
    total_yen: Yen


async def take_bank_statement(
    content: bytes,
    *,
    open_unit_of_work: Callable[[], UnitOfWork],
    remitters: Mapping[str, str],
    clock: Clock,
) -> TakenStatement:
    """Check the file as a whole, then book its new lines in one transaction.

    Ends as: booked; repeated (the same bytes, or lines that another file brought already); or
    FileRefused with every problem, and nothing is taken. A line whose day and reference stand
    already with other yen or another remitter, or twice in this file, is not booked but becomes
    the exception `deposit_reference_reused` (a problem of meaning, DESIGN rule 7). An unknown
    remitter code is booked without a channel.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    loaded = load_deposits(content, received_on=clock.today())
    if any(problem.structural for problem in loaded.problems):
        raise FileRefused(problems=[shown(problem) for problem in loaded.problems])
    lines = [
        _deposit(line, number, remitters)
        for number, line in enumerate(loaded.records, start=FIRST_DATA_LINE)
    ]
    total = Yen(sum(line.amount_yen for line in lines if not line.cancelled))
    async with open_unit_of_work() as work:
        taken = await work.deposits.add_statement(
            sha256=sha256, deposits=len(lines), total_yen=total, taken_at=clock.now()
        )
        if not taken:
            return TakenStatement(sha256, 0, len(lines), total)
        first, reused = _first_of_each(lines)
        added = await work.deposits.add(first, sha256=sha256, registered_at=clock.now())
        booked = await work.deposits.of_days(first)
        known = [line for line in first if line.key not in added]
        contradicted = [line for line in known if not line.same_line(booked[line.key])]
        await work.exceptions.open_many(_reused([*reused, *contradicted]))
        await work.commit()
    return TakenStatement(sha256, len(added), len(known) - len(contradicted), total)


def shown(problem: FileProblem) -> dict[str, object]:
    """Show a problem by its place; the value may be a payer's and stays here."""
    return {
        "line": problem.line,
        "record": problem.record,
        "position": problem.position,
        "field": problem.field,
        "code": problem.code,
    }


def _deposit(line: BankLine, number: int, remitters: Mapping[str, str]) -> Deposit:
    return Deposit(
        id=new_id(),
        value_date=line.booked_on,
        reference=line.inquiry_number,
        remitter_code=line.remitter_code,
        remitter_name_kana=line.remitter_name_kana,
        channel=remitters.get(line.remitter_code),
        cancelled=line.is_cancelled,
        amount_yen=line.amount_yen,
        source_line=number,
    )


def _first_of_each(lines: Iterable[Deposit]) -> tuple[list[Deposit], list[Deposit]]:
    """Divide lines into the first of each reference and those that use it again."""
    first: dict[BankReference, Deposit] = {}
    again = [line for line in lines if first.setdefault(line.key, line) is not line]
    return list(first.values()), again


def _reused(lines: Iterable[Deposit]) -> list[Finding]:
    return [
        Finding(
            ExceptionCode.DEPOSIT_REFERENCE_REUSED,
            "bank_line",
            f"{line.value_date.isoformat()}/{line.reference}/{line.source_line}",
            line.amount_yen,
            "A bank line uses a reference that another line of its day has; it was not booked.",
        )
        for line in lines
    ]
