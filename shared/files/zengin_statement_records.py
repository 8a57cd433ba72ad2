"""The records of the Zengin account statement (種別 03), 200 bytes: what they say and where.

Every record adds up to 200 bytes (DOMAIN §4.2); how lines, sums and balances hang together is known
by shared.files.zengin_statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.files.layout import (
    RecordLayout,
    choice,
    constant,
    digits,
    filler,
    number,
    text,
    yen,
)
from shared.files.optional_fields import optional_digits, optional_number
from shared.files.zengin_days import era_day, optional_era_day
from shared.kit.money import ZERO_YEN, Yen

LENGTH = 200
# 1 ordinary, 2 current, 4 savings.
_ACCOUNT_TYPES = {kind: kind for kind in ("1", "2", "4")}


class Direction(StrEnum):
    """入払区分."""

    IN = "1"
    OUT = "2"


class TransactionKind(StrEnum):
    """取引区分."""

    CASH = "10"
    BANK_TRANSFER = "11"
    CHEQUE_ON_ANOTHER_BANK = "12"
    CLEARING = "13"
    ACCOUNT_TRANSFER = "14"
    OTHER = "18"
    CORRECTION = "19"


class BalanceSign(StrEnum):
    """貸越区分: whether the account holds money or is overdrawn."""

    HOLDS = "1"
    OVERDRAWN = "2"


def _balance(sign: BalanceSign, amount: Yen) -> Yen:
    return ZERO_YEN - amount if sign == BalanceSign.OVERDRAWN else amount


@dataclass(frozen=True, slots=True)
class StatementHeader:
    """Which account, which days (勘定日 from, to), made when, and the balance before them."""

    created_on: date
    period_from: date
    period_to: date
    bank_code: str
    bank_name_kana: str
    branch_code: str
    branch_name_kana: str
    account_type: str
    account_number: str
    account_name_kana: str
    opening_sign: BalanceSign
    passbook_kind: str
    opening_amount_yen: Yen

    @property
    def opening_balance_yen(self) -> Yen:
        """取引前残高; negative if the account was overdrawn."""
        return _balance(self.opening_sign, self.opening_amount_yen)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One booking: 勘定日 `booked_on`, 預入払出日 `value_date`, what it was and who sent it.

    `amount_yen` is unsigned as in the file; `signed_yen` says what it did to the balance.
    """

    inquiry_number: str
    booked_on: date
    value_date: date | None
    direction: Direction
    transaction_kind: TransactionKind
    amount_yen: Yen
    cheques_yen: Yen
    clearing_presented_on: date | None
    dishonoured_on: date | None
    cheque_kind: str
    cheque_number: str
    fellow_branch_code: str
    remitter_code: str
    remitter_name_kana: str
    sending_bank_kana: str
    sending_branch_kana: str
    summary_kana: str = ""
    edi: str = ""

    @property
    def is_correction(self) -> bool:
        """Whether 取引区分 says that this line takes back an earlier one."""
        return self.transaction_kind == TransactionKind.CORRECTION

    @property
    def signed_yen(self) -> Yen:
        """The movement of the balance: in is plus, out is minus, a correction (19) the reverse."""
        adds = (self.direction == Direction.IN) != self.is_correction
        return self.amount_yen if adds else ZERO_YEN - self.amount_yen


@dataclass(frozen=True, slots=True)
class StatementTrailer:
    """Counts and sums by 入払区分 as it stands, unsigned, and the balance after the last line."""

    in_count: int
    in_yen: Yen
    out_count: int
    out_yen: Yen
    closing_sign: BalanceSign
    closing_amount_yen: Yen
    data_count: int

    @property
    def closing_balance_yen(self) -> Yen:
        """取引後残高; negative if the account is overdrawn."""
        return _balance(self.closing_sign, self.closing_amount_yen)


@dataclass(frozen=True, slots=True)
class StatementEnd:
    """Records in the file, all kinds, and accounts; None where the bank leaves them blank."""

    record_count: int | None
    account_count: int | None


_SIGNS = {sign.value: sign for sign in BalanceSign}
HEADER_LAYOUT = RecordLayout(
    "header",
    LENGTH,
    [
        constant("kind", 1, 1, "1"),
        constant("file_kind", 2, 3, "03"),
        constant("code_kind", 4, 4, "0"),
        era_day("created_on", 5, 10),
        era_day("period_from", 11, 16),
        era_day("period_to", 17, 22),
        digits("bank_code", 23, 26),
        text("bank_name_kana", 27, 41),
        digits("branch_code", 42, 44),
        text("branch_name_kana", 45, 59),
        constant("zeros", 60, 62, "000"),
        choice("account_type", 63, 63, _ACCOUNT_TYPES),
        digits("account_number", 64, 73),
        text("account_name_kana", 74, 113),
        choice("opening_sign", 114, 114, _SIGNS),
        optional_digits("passbook_kind", 115, 115),
        yen("opening_amount_yen", 116, 129),
        filler(130, 200),
    ],
).proved_for(StatementHeader)
DATA_LAYOUT = RecordLayout(
    "data",
    LENGTH,
    [
        constant("kind", 1, 1, "2"),
        digits("inquiry_number", 2, 9),
        era_day("booked_on", 10, 15),
        optional_era_day("value_date", 16, 21),
        choice("direction", 22, 22, {way.value: way for way in Direction}),
        choice("transaction_kind", 23, 24, {kind.value: kind for kind in TransactionKind}),
        yen("amount_yen", 25, 36),
        yen("cheques_yen", 37, 48),
        optional_era_day("clearing_presented_on", 49, 54),
        optional_era_day("dishonoured_on", 55, 60),
        optional_digits("cheque_kind", 61, 61),
        digits("cheque_number", 62, 68),
        digits("fellow_branch_code", 69, 71),
        digits("remitter_code", 72, 81),
        text("remitter_name_kana", 82, 129),
        text("sending_bank_kana", 130, 144),
        text("sending_branch_kana", 145, 159),
        text("summary_kana", 160, 179),
        text("edi", 180, 199),
        filler(200, 200),
    ],
).proved_for(StatementLine)
TRAILER_LAYOUT = RecordLayout(
    "trailer",
    LENGTH,
    [
        constant("kind", 1, 1, "8"),
        number("in_count", 2, 7),
        yen("in_yen", 8, 20),
        number("out_count", 21, 26),
        yen("out_yen", 27, 39),
        choice("closing_sign", 40, 40, _SIGNS),
        yen("closing_amount_yen", 41, 54),
        number("data_count", 55, 61),
        filler(62, 200),
    ],
).proved_for(StatementTrailer)
END_LAYOUT = RecordLayout(
    "end",
    LENGTH,
    [
        constant("kind", 1, 1, "9"),
        optional_number("record_count", 2, 11),
        optional_number("account_count", 12, 16),
        filler(17, 200),
    ],
).proved_for(StatementEnd)
