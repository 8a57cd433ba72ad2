"""Take the 計算書 of a pay-in that no line brought: the treasurer hands in the gathering branch's.

Pay-easy money comes from the collecting bank; the centre never touches it (BOOKS §1.12).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from services.ward_gateway.domain.contracts import WardContract
from services.ward_gateway.domain.refusals import FileRefused
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.read_pay_ins import read_pay_ins
from services.ward_gateway.usecases.register_pay_ins import register_pay_ins
from services.ward_gateway.usecases.take_bank_statement import shown
from shared.keys.channels import Channel
from shared.kit.money import ZERO_YEN, Yen


@dataclass(frozen=True)
class TakenPayIns:
    """pay_ins: written down now; repeated: those that had a statement; total_yen: the file's."""

    sha256: str
    pay_ins: int
    repeated: int
    total_yen: Yen


async def take_pay_in_statement(
    content: bytes, *, contract: WardContract, open_unit_of_work: Callable[[], UnitOfWork]
) -> TakenPayIns:
    """Check a Pay-easy 計算書 as a whole, then write its new pay-ins down in one transaction.

    Ends as: written; repeated (each pay-in has one statement; one that says something else than
    the first is the exception `pay_in_statement_reused`); or FileRefused with every problem, and
    nothing is taken. The payers who have a line send theirs themselves.
    """
    read = read_pay_ins(contract, Channel.PAYEASY, content)
    if any(problem.structural for problem in read.problems):
        raise FileRefused(problems=[shown(problem) for problem in read.problems])
    async with open_unit_of_work() as work:
        added = await register_pay_ins(work, read.pay_ins, None)
        await work.commit()
    return TakenPayIns(
        hashlib.sha256(content).hexdigest(),
        added,
        len(read.pay_ins) - added,
        sum((pay_in.total_yen for pay_in in read.pay_ins), ZERO_YEN),
    )
