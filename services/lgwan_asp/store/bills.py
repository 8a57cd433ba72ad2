"""Bills: what stands behind a key when a bank asks, and wrong confirmation numbers."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.lgwan_asp.domain.inquiries import Bill, BillFacts, BillKey, DeleteReason
from services.lgwan_asp.domain.receipts import DEAD_STATES
from services.lgwan_asp.store.tables import BILLS, RECEIPTS, WRONG_NUMBERS
from shared.kit.money import Yen

_B, _W = BILLS.c, WRONG_NUMBERS.c
_NEWER = BILLS.alias("newer")


def _paid() -> ColumnElement[bool]:
    """A receipt of this bill is live; a cancelled one leaves the key payable again."""
    r = RECEIPTS.c
    return exists().where(
        r.institution_number == _B.institution_number,
        r.payment_number == _B.payment_number,
        r.category == _B.category,
        r.state.not_in([state.value for state in DEAD_STATES]),
    )


def _superseded(effective_until: date) -> ColumnElement[bool]:
    """A newer issue (発行回数) of the same slip is in effect."""
    n = _NEWER.c
    return exists().where(
        n.institution_number == _B.institution_number,
        n.notice_number == _B.notice_number,
        n.levy_year == _B.levy_year,
        n.instalment == _B.instalment,
        n.slip_type == _B.slip_type,
        n.category == _B.category,
        n.issue > literal_column("0"),  # as it stands in the index, not a parameter
        n.issue > _B.issue,
        n.delete_reason.is_(None),
        n.effective_on <= effective_until,
    )


class BillStore:
    """The tables `bills` and `wrong_numbers`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def facts(
        self, key: BillKey, *, bank_code: str, today: date, effective_until: date
    ) -> BillFacts | None:
        """Return a bill with everything that decides an inquiry, or None.

        The row is locked until the transaction ends: guesses at one key are counted one after
        another, and a change of its amount sees every session that was opened before (E140).
        effective_until: the last day whose bills are in effect now.
        """
        locked = select(_B.payment_number).where(*_is(key)).with_for_update(key_share=True)
        if (await self._connection.execute(locked)).one_or_none() is None:
            return None
        wrong = select(func.coalesce(func.max(_W.count), 0)).where(
            _W.institution_number == key.institution_number,
            _W.payment_number == key.payment_number,
            _W.category == key.category,
            _W.bank_code == bank_code,
            _W.on_date == today,
        )
        query = select(
            BILLS,
            _paid().label("paid"),
            _superseded(effective_until).label("superseded"),
            wrong.scalar_subquery().label("wrong"),
        ).where(*_is(key))
        row = (await self._connection.execute(query)).one()
        bill = Bill(
            municipality=row.municipality,
            key=key,
            confirmation_number=row.confirmation_number,
            amount_yen=Yen(row.amount_yen),
            principal_yen=Yen(row.principal_yen),
            late_charge_yen=Yen(row.late_charge_yen),
            fee_yen=Yen(row.fee_yen),
            due_date=row.due_date,
            limit_date=row.limit_date,
            notice_number=row.notice_number,
            levy_year=row.levy_year,
            instalment=row.instalment,
            payer_name_kana=row.payer_name_kana,
            description_kana=row.description_kana,
            effective_on=row.effective_on,
            delete_reason=DeleteReason(str(row.delete_reason)) if row.delete_reason else None,
        )
        return BillFacts(bill, row.paid, row.superseded, row.wrong)

    async def count_wrong_number(self, bill: Bill, *, bank_code: str, today: date) -> int:
        """Count a wrong confirmation number; return how many there were today."""
        statement = insert(WRONG_NUMBERS).values(
            institution_number=bill.key.institution_number,
            payment_number=bill.key.payment_number,
            category=bill.key.category,
            bank_code=bank_code,
            on_date=today,
            municipality=bill.municipality,
            count=1,
        )
        counted = statement.on_conflict_do_update(
            index_elements=[column.name for column in WRONG_NUMBERS.primary_key],
            set_={"count": _W.count + 1},
        ).returning(_W.count)
        return int((await self._connection.execute(counted)).scalar_one())


def _is(key: BillKey) -> tuple[ColumnElement[bool], ...]:
    return (
        and_(
            _B.institution_number == key.institution_number,
            _B.payment_number == key.payment_number,
            _B.category == key.category,
        ),
    )
