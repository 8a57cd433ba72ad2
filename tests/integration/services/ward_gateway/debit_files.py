"""What a bank hands back of the debits that it was asked for."""

from __future__ import annotations

from datetime import date

from shared.files.direct_debit_results import (
    DebitResult,
    DebitsHeader,
    DirectDebit,
    write_debits,
)
from shared.keys.debit_customer import DebitCustomer
from shared.kit.money import Yen

CLIENT_CODE = "0000131041"
DUE = date(2025, 6, 30)
DONE, SHORT_OF_FUNDS = DebitResult.DEBITED, DebitResult.INSUFFICIENT_FUNDS


def customer(number: int, instalment: int = 1) -> str:
    """Return the customer number of the claim that tests number so."""
    return DebitCustomer(2025, f"{number:09d}", instalment).digits


def debit(
    number: int | str, yen: int, result: DebitResult = SHORT_OF_FUNDS, *, instalment: int = 1
) -> DirectDebit:
    """Return one record; number: of the claim, or a customer number as it stands."""
    named = number if isinstance(number, str) else customer(number, instalment)
    return DirectDebit(
        bank_code="0001",
        bank_name_kana="ﾃｽﾄ",
        branch_code="002",
        branch_name_kana="ﾃｽﾄ",
        account_type="1",
        account_number="7654321",
        holder_name_kana="ﾔﾏｶﾞﾐ ﾊﾅ",
        amount_yen=Yen(yen),
        new_code="0",
        customer_number=named,
        result=result,
    )


def debits_file(
    *debits: DirectDebit, day: date = DUE, client_code: str = CLIENT_CODE, bank: str = "0001"
) -> bytes:
    """Return a bank's file of one day of debit."""
    header = DebitsHeader(
        client_code=client_code,
        client_name_kana="ﾃｽﾄｸ ｺｸﾎ",
        debited_mmdd=f"{day:%m%d}",
        bank_code=bank,
        bank_name_kana="ﾃｽﾄ",
        branch_code="001",
        branch_name_kana="ﾎﾝﾃﾝ",
        account_type="1",
        account_number="1234567",
    )
    return write_debits(header, debits)
