"""From a collected file's bytes to what the core can register, kind by kind, with all problems.

Knows formats; the keys that prove or open a file stay inside the functions that are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from services.ward_gateway.domain.billing_orders import OrderKind, RecordAnswer
from services.ward_gateway.domain.contracts import WardContract
from services.ward_gateway.domain.pay_in_statements import PayIn
from services.ward_gateway.domain.receipts import Incoming, Notice, identity_of
from services.ward_gateway.usecases.read_pay_ins import read_pay_ins
from shared.files.billing_results import BillingOutcome, BillingResult, load_billing_results
from shared.files.centre_receipts import CentreReceipt, CentreReceiptsHeader
from shared.files.mobile_regi_receipts import Receipt, ReceiptsHeader, load_receipts
from shared.files.nofu_jutaku_hokoku import Commission, load_nofu_jutaku_hokoku
from shared.files.problems import FileProblem, LoadedFile
from shared.keys.channels import Channel
from shared.kit.clock import tokyo_time
from shared.kit.envelope import EnvelopeNotOpened
from shared.kit.money import Yen
from shared.wire.file_collection import (
    AGENT_PAY_IN_STATEMENT,
    AGENT_REPORT,
    BILLING_RESULT,
    PAY_IN_STATEMENT,
    RECEIPTS_MOBILE_BANKING,
    RECEIPTS_MOBILE_CREDIT,
    RECEIPTS_PAYEASY,
)

LoadCentreReceipts = Callable[[bytes], LoadedFile[CentreReceiptsHeader, CentreReceipt]]
Unseal = Callable[[bytes], bytes]


@dataclass(frozen=True)
class ReceivedFile:
    """What stands in a file. sequence, total_yen: None where the format does not say them.

    problems are places and codes without values: fit for a row and a log.
    """

    record_count: int
    sequence: int | None = None
    total_yen: Yen | None = None
    receipts: tuple[Incoming, ...] = ()
    commissions: tuple[Mapping[str, Any], ...] = ()
    pay_ins: tuple[PayIn, ...] = ()
    answers: tuple[RecordAnswer, ...] = ()
    problems: tuple[str, ...] = field(default=())


Reader = Callable[[bytes], ReceivedFile]
Readers = Mapping[str, Reader]


def readers_of(
    contract: WardContract, *, load_centre_receipts: LoadCentreReceipts, unseal: Unseal
) -> Readers:
    """Return the reader of each kind of file that this ward collects."""
    banking, credit = Channel.MOBILE_BANKING, Channel.MOBILE_CREDIT
    return {
        RECEIPTS_MOBILE_BANKING: partial(read_mobile_regi, contract.company_code, banking),
        RECEIPTS_MOBILE_CREDIT: partial(read_mobile_regi, contract.company_code, credit),
        RECEIPTS_PAYEASY: partial(read_payeasy, contract.institution_number, load_centre_receipts),
        AGENT_REPORT: partial(read_agent_report, unseal),
        BILLING_RESULT: read_billing_result,
        PAY_IN_STATEMENT: partial(read_pay_in_statement, contract, banking),
        AGENT_PAY_IN_STATEMENT: partial(read_sealed_pay_in_statement, contract, credit, unseal),
    }


def read_mobile_regi(company_code: str, channel: Channel, content: bytes) -> ReceivedFile:
    """Read the 120-byte receipts file of one channel (DOMAIN §3.4)."""
    loaded = load_receipts(content)
    problems = _structural(loaded.problems)
    if loaded.header and loaded.header.company_code != company_code:
        problems.append("line 1 header company_code: not_this_ward")
    if any(record.channel is not channel for record in loaded.records):
        problems.append("line 0 file channel: not_the_listed_kind")
    return ReceivedFile(
        record_count=len(loaded.records),
        total_yen=_sum(record.amount_yen for record in loaded.records),
        sequence=_sequence(loaded.header),
        receipts=tuple(
            _mobile_regi_receipt(record, line) for line, record in enumerate(loaded.records, 2)
        ),
        problems=tuple(problems),
    )


def _sequence(header: ReceiptsHeader | CentreReceiptsHeader | None) -> int | None:
    """Return the file's own number; a file of ours that names none cannot be in order: -1."""
    if header is None or header.file_sequence is None:
        return -1
    return header.file_sequence


def _mobile_regi_receipt(record: Receipt, line: int) -> Incoming:
    hour, minute = int(record.paid_at_hhmm[:2]), int(record.paid_at_hhmm[2:])
    channel = record.channel.value
    return Incoming(
        notice=Notice(record.data_type.value),
        identity=identity_of(
            channel, record.barcode, record.paid_on, record.paid_at_hhmm, record.shop_code
        ),
        channel=channel,
        key=record.barcode,
        amount_yen=record.amount_yen,
        paid_at=tokyo_time(record.paid_on, hour, minute),
        shop_code=record.shop_code,
        bank_code="",
        branch_code="",
        transfer_date=record.transfer_date,
        line=line,
    )


def read_payeasy(institution_number: str, load: LoadCentreReceipts, content: bytes) -> ReceivedFile:
    """Read the centre's 200-byte receipts file; load verifies seals, hash and totals (§2.8)."""
    loaded = load(content)
    problems = _structural(loaded.problems)
    if loaded.header and loaded.header.institution_number != institution_number:
        problems.append("line 1 header institution_number: not_this_ward")
    return ReceivedFile(
        record_count=len(loaded.records),
        total_yen=_sum(record.amount_yen for record in loaded.records),
        sequence=_sequence(loaded.header),
        receipts=tuple(
            _payeasy_receipt(record, line) for line, record in enumerate(loaded.records, 2)
        ),
        problems=tuple(problems),
    )


def _payeasy_receipt(record: CentreReceipt, line: int) -> Incoming:
    clock = record.paid_at_hhmmss
    # A 03 names the receipt that it takes back; receipt numbers are unique within a bank only.
    number = record.cancelled_receipt_number or record.receipt_number
    paid_at = tokyo_time(record.paid_on, int(clock[:2]), int(clock[2:4]))
    return Incoming(
        notice=Notice(record.data_type.value),
        identity=identity_of(
            Channel.PAYEASY,
            record.payment_number,
            record.paid_on,
            clock[:4],
            f"{record.bank_code}-{number}",
        ),
        channel=Channel.PAYEASY.value,
        key=record.payment_number,
        amount_yen=record.amount_yen,
        paid_at=paid_at.replace(second=int(clock[4:])),
        shop_code=number,
        bank_code=record.bank_code,
        branch_code=record.branch_code,
        transfer_date=record.paid_in_on or record.transfer_date,
        line=line,
        medium=record.medium,
    )


def read_agent_report(unseal: Unseal, content: bytes) -> ReceivedFile:
    """Open the card agent's sealed report and read its commissions (BOOKS §1.3)."""
    try:
        loaded = load_nofu_jutaku_hokoku(unseal(content))
    except EnvelopeNotOpened:
        return ReceivedFile(0, problems=("line 0 file envelope: envelope_not_opened",))
    return ReceivedFile(
        record_count=len(loaded.records),
        total_yen=_sum(record.amount_yen for record in loaded.records),
        commissions=tuple(_commission(record) for record in loaded.records),
        problems=tuple(_structural(loaded.problems)),
    )


def _commission(record: Commission) -> Mapping[str, Any]:
    return {
        "commission_number": record.commission_number,
        "barcode": record.barcode,
        "amount_yen": record.amount_yen,
        "fee_yen": record.fee_by_payer_yen,
        "authorised_at": record.authorised_at,
        "brand": record.brand,
        "designated_date": record.designated_date,
        "remitted_on": record.remitted_on,
        "status": int(record.status),
    }


def read_billing_result(content: bytes) -> ReceivedFile:
    """Read what became of each billing record (§2.7); a remark does not refuse it."""
    loaded = load_billing_results(content)
    return ReceivedFile(
        record_count=len(loaded.records),
        answers=tuple(_answer(row) for row in loaded.records),
        problems=tuple(_structural(loaded.problems)),
    )


def _answer(row: BillingResult) -> RecordAnswer:
    return RecordAnswer(
        file_sequence=row.file_sequence,
        record_seq=row.record_seq,
        kind=OrderKind(row.proc),
        payment_number=row.payment_number,
        error_code=row.error_code if row.result is BillingOutcome.REFUSED else "",
        processed_at=row.processed_at,
    )


def read_pay_in_statement(contract: WardContract, channel: Channel, content: bytes) -> ReceivedFile:
    """Read the 計算書 of one channel's pay-ins (OWN DESIGN, DOMAIN §7)."""
    read = read_pay_ins(contract, channel, content)
    return ReceivedFile(
        record_count=read.record_count,
        total_yen=_sum(pay_in.total_yen for pay_in in read.pay_ins),
        pay_ins=read.pay_ins,
        problems=tuple(_structural(read.problems)),
    )


def read_sealed_pay_in_statement(
    contract: WardContract, channel: Channel, unseal: Unseal, content: bytes
) -> ReceivedFile:
    """Open the card agent's sealed 計算書 and read it (BOOKS §1.3)."""
    try:
        opened = unseal(content)
    except EnvelopeNotOpened:
        return ReceivedFile(0, problems=("line 0 file envelope: envelope_not_opened",))
    return read_pay_in_statement(contract, channel, opened)


def _structural(problems: Iterable[FileProblem]) -> list[str]:
    return [problem.place for problem in problems if problem.structural]


def _sum(amounts: Iterable[Yen]) -> Yen:
    return Yen(sum(int(amount) for amount in amounts))
