"""From the bytes of a 計算書 to its pay-ins, with everything that is wrong with them for this ward.

Knows the format and the contract; who brought the bytes, and whether money came, it does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.ward_gateway.domain.contracts import WardContract
from services.ward_gateway.domain.pay_in_statements import Part, PayIn, PayInKey
from shared.files.keisansho import TABLE, StatementLine, load_keisansho
from shared.files.problems import Fault, FileProblem
from shared.keys.channels import Channel

FIRST_DATA_LINE = 2
RECORD = "row"


@dataclass(frozen=True)
class ReadPayIns:
    """The pay-ins of a file, its lines counted, and its problems, all structural."""

    record_count: int
    pay_ins: tuple[PayIn, ...]
    problems: tuple[FileProblem, ...]


def read_pay_ins(contract: WardContract, channel: Channel, content: bytes) -> ReadPayIns:
    """Read the 計算書 of one channel's pay-ins for one ward (OWN DESIGN, DOMAIN §7).

    Problems beside the format's own: not_this_ward, not_the_listed_kind (another channel),
    remitter_not_of_this_channel (not agreed in the contract).
    """
    loaded = load_keisansho(content)
    problems = list(loaded.problems)
    for line, record in enumerate(loaded.records, FIRST_DATA_LINE):
        problems += [fault.at(line, RECORD) for fault in _not_agreed(record, contract, channel)]
    return ReadPayIns(len(loaded.records), tuple(_pay_ins(loaded.records)), tuple(problems))


def _not_agreed(record: StatementLine, contract: WardContract, channel: Channel) -> Iterator[Fault]:
    if record.municipality != contract.municipality:
        yield TABLE.fault("municipality", "not_this_ward", record.municipality)
    if record.channel is not channel:
        yield TABLE.fault("channel", "not_the_listed_kind", record.channel.value)
    elif contract.remitters.get(record.remitter_code) != channel:
        yield TABLE.fault("remitter_code", "remitter_not_of_this_channel", record.remitter_code)


def _pay_ins(records: Iterable[StatementLine]) -> Iterator[PayIn]:
    """Yield each pay-in at its total, which stands under its parts."""
    parts: list[Part] = []
    for record in records:
        if record.levy_year is not None and record.instalment is not None:
            part = Part(record.levy_year, record.instalment, record.count, record.amount_yen)
            parts.append(part)
            continue
        key = PayInKey(
            record.channel.value,
            record.paid_in_on,
            record.remitter_code,
            record.collected_from,
            record.collected_to,
        )
        yield PayIn(key, record.count, record.amount_yen, tuple(parts))
        parts = []
