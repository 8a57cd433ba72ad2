"""One way from a bill to a record of the centre's billing file, whoever asks (DOMAIN §2.7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.ward_gateway.domain.bills import Bill, DeleteReason
from shared.files.billing import BillingHeader, BillingRecord
from shared.files.codes import Proc
from shared.keys.payment_number import SlipType
from shared.kit.clock import TOKYO

# 請求内容 on the bank's screen: national health insurance premium, 国民健康保険料.
DESCRIPTION_KANA = "ｺｸﾐﾝｹﾝｺｳﾎｹﾝﾘﾖｳ"


@dataclass(frozen=True, kw_only=True)
class BillingTerms:
    """What one billing file is made under: whose, of which number, made when, effective when.

    made_at is aware; effective_from is a Tokyo day (有効開始日). with_names: whether a payer's kana
    go out, which the centre's inquiry screen shows.
    """

    institution_number: str
    category: str
    institution_name_kana: str
    file_sequence: int
    made_at: datetime
    effective_from: date
    with_names: bool = True

    @property
    def header(self) -> BillingHeader:
        """Return the file's header, dated in Tokyo."""
        local = self.made_at.astimezone(TOKYO)
        return BillingHeader(
            institution_number=self.institution_number,
            category=self.category,
            created_on=local.date(),
            created_at_hhmmss=f"{local:%H%M%S}",
            file_sequence=self.file_sequence,
            effective_from=self.effective_from,
            institution_name_kana=self.institution_name_kana,
        )


def build_billing_record(
    bill: Bill,
    *,
    record_seq: int,
    institution_number: str,
    category: str,
    payment_number: str,
    confirmation_number: str,
    effective_from: date,
    proc: Proc = Proc.ADD,
    delete_reason: DeleteReason | None = None,
    with_name: bool = True,
) -> BillingRecord:
    """Return the record that adds, changes or deletes one key; yen and days as in the bill."""
    return BillingRecord(
        proc=proc,
        record_seq=record_seq,
        institution_number=institution_number,
        payment_number=payment_number,
        confirmation_number=confirmation_number,
        category=category,
        amount_yen=bill.amount_yen,
        principal_yen=bill.principal_yen,
        late_charge_yen=bill.late_charge_yen,
        fee_yen=bill.fee_yen,
        due_date=bill.due_date,
        limit_date=bill.limit_date,
        levy_year=bill.levy_year,
        assessed_year=bill.assessed_year,
        instalment=bill.instalment,
        account_code=bill.account_code,
        notice_number=bill.notice_number,
        issue=bill.issue,
        slip_type=SlipType(bill.slip_type),
        payer_name_kana=bill.payer_name_kana if with_name else "",
        description_kana=DESCRIPTION_KANA,
        effective_from=effective_from,
        delete_reason=None if delete_reason is None else int(delete_reason),
    )
