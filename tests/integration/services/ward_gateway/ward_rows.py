"""An invented ward in a real database: claims, receipts, deposits, and the use cases over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from services.ward_gateway.domain.pay_in_statements import Part, PayIn, PayInKey
from services.ward_gateway.domain.receipts import RECEIPT_MACHINE, ReceiptState
from services.ward_gateway.store.tables import (
    ASSESSMENT_FILES,
    ASSESSMENTS,
    COMMISSIONS,
    EXCEPTIONS,
    INTAKES,
    RECEIPTS,
    SLIP_ITEMS,
    SLIPS,
)
from services.ward_gateway.store.unit_of_work import UnitOfWork
from services.ward_gateway.usecases.clear_receipts import clear_assessments
from services.ward_gateway.usecases.make_statement import Statement, make_statement
from services.ward_gateway.usecases.reconcile import Reconciliation, reconcile
from services.ward_gateway.usecases.register_pay_ins import register_pay_ins
from services.ward_gateway.usecases.take_bank_statement import TakenStatement, take_bank_statement
from shared.files.zengin_deposits import Deposit, DepositsHeader, write_deposits
from shared.kit.clock import MeshClock, tokyo_time
from shared.kit.money import Yen

NAMES = UUID(int=0x5EED)
REMITTERS = {
    "0000000001": "mobile_banking",
    "0000000002": "mobile_credit",
    "0000000003": "payeasy",
}
CODE_OF = {channel: code for code, channel in REMITTERS.items()}
DUE = date(2025, 6, 30)
TRANSFER = date(2025, 7, 4)
PAID = tokyo_time(date(2025, 7, 1), 12)


def named(name: str) -> UUID:
    """The same id for the same name, so that a test can say who is meant."""
    return uuid5(NAMES, name)


def line(
    reference: int,
    yen: int,
    *,
    channel: str | None = "payeasy",
    day: date = TRANSFER,
    cancelled: bool = False,
) -> Deposit:
    """One line of the bank's file; channel None: a remitter whom nobody knows."""
    return Deposit(
        inquiry_number=f"{reference:06d}",
        booked_on=day,
        value_date=day,
        amount_yen=Yen(yen),
        cheques_yen=Yen(0),
        remitter_code=CODE_OF.get(channel, "9999999999"),
        remitter_name_kana="ﾃｽﾄ",
        sending_bank_kana="ﾃｽﾄ",
        sending_branch_kana="ﾃｽﾄ",
        cancel_mark="1" if cancelled else "",
    )


def bank_file(*lines: Deposit) -> bytes:
    days = [line.booked_on for line in lines]
    header = DepositsHeader(
        created_on=max(days),
        period_from=min(days),
        period_to=max(days),
        bank_code="0001",
        bank_name_kana="ﾃｽﾄ",
        branch_code="001",
        branch_name_kana="ﾃｽﾄ",
        account_type="1",
        account_number="0000001",
        account_name_kana="ﾃｽﾄｸ",
    )
    return write_deposits(header, lines)


@dataclass
class Ward:
    """What a test does to the ward's books, one short word for each."""

    engine: AsyncEngine
    clock: MeshClock
    slips: dict[str, UUID] = field(default_factory=dict)
    statements_from: dict[str, date] = field(default_factory=dict)

    def work(self) -> UnitOfWork:
        return UnitOfWork(self.engine, self.clock)

    def on(self, day: date, hour: int = 18) -> None:
        """Let it be a Tokyo day."""
        self.clock.instant = tokyo_time(day, hour)

    async def claim(self, name: str, yen: int = 1000, due: date = DUE) -> UUID:
        """Assess one instalment and issue its slip; both are called by the same name."""
        number = f"{len(self.slips) + 1:09d}"
        now = self.clock.now()
        file = {"sha256": name, "record_count": 1, "added": 1, "total_yen": yen, "taken_at": now}
        file |= {"added_yen": yen}
        async with self.work() as work:
            await work.connection.execute(insert(ASSESSMENT_FILES).values(file))
            await work.connection.execute(
                insert(ASSESSMENTS).values(_assessment(name, number, yen, due))
            )
            await work.connection.execute(insert(SLIPS).values(_slip(name, number, yen, due, now)))
            item = {
                "slip_id": named(f"slip {name}"),
                "assessment_id": named(name),
                "amount_yen": yen,
            }
            await work.connection.execute(insert(SLIP_ITEMS).values(item))
            await work.commit()
        self.slips[name] = named(f"slip {name}")
        return named(name)

    async def also_pays(self, slip: str, claim: str, yen: int) -> None:
        """Make a slip a lump-sum slip: it pays one more assessment."""
        item = {"slip_id": self.slips[slip], "assessment_id": named(claim), "amount_yen": yen}
        async with self.work() as work:
            await work.connection.execute(insert(SLIP_ITEMS).values(item))
            await work.commit()

    async def receipt(
        self,
        name: str,
        slip: str | None,
        yen: int = 1000,
        *,
        channel: str = "payeasy",
        minutes: int = 0,
        confirmed: bool = True,
        paid_at: datetime = PAID,
        transfer: date = TRANSFER,
    ) -> UUID:
        """Register a 速報 or (confirmed) both 速報 and 確報, and clear what it touches."""
        async with self.work() as work:
            await self._intake(work)
            row = {
                "id": named(name),
                "identity": f"{channel}/{name}",
                "channel": channel,
                "key": f"key of {slip}",
                "slip_id": self.slips.get(slip) if slip else None,
                "amount_yen": yen,
                "paid_at": paid_at + timedelta(minutes=minutes),
                "shop_code": "0000001",
                "had_preliminary": True,
                "had_confirmed": False,
                "funded_yen": 0,
                "intake_id": named("intake"),
                "source_line": 2,
                "registered_at": self.clock.now(),
            }
            await work.connection.execute(insert(RECEIPTS).values(row))
            await work.journal.opened(
                "receipts", [named(name)], "PRELIMINARY", "preliminary_received"
            )
            if slip:
                await clear_assessments(work, [named(slip)])
            await work.commit()
        if confirmed:
            await self._move(
                name, slip, ReceiptState.CONFIRMED, transfer_date=transfer, had_confirmed=True
            )
        return named(name)

    async def cancel(self, name: str, slip: str) -> None:
        """A 03 takes the receipt back."""
        await self._move(name, slip, ReceiptState.CANCELLED)

    async def _move(self, name: str, slip: str | None, target: ReceiptState, **values) -> None:
        async with self.work() as work:
            await work.journal.advance_many(
                RECEIPTS,
                RECEIPT_MACHINE,
                record_ids=[named(name)],
                source=ReceiptState.PRELIMINARY,
                target=target,
                values=values,
            )
            if slip:
                await clear_assessments(work, [named(slip)])
            await work.commit()

    async def _intake(self, work: UnitOfWork) -> None:
        await work.connection.execute(
            text(
                "INSERT INTO intakes (id, terminal, file_id, kind, sequence, sha256, size_bytes,"
                " record_count, total_yen, listed_at) VALUES (:id, 'lgwan', :id,"
                " 'receipts_payeasy', 1, '', 1, 1, 1, :at) ON CONFLICT DO NOTHING"
            ),
            {"id": named("intake"), "at": self.clock.now()},
        )
        assert (await work.connection.execute(select(INTAKES.c.id))).scalars().all()

    async def commission(
        self,
        number: str,
        slip: str,
        yen: int = 1000,
        *,
        remitted_on: date | None = None,
        designated: date = TRANSFER,
        authorised_at: datetime = PAID,
    ) -> None:
        """丙 reports a commission on a slip's barcode."""
        row = {
            "commission_number": number,
            "barcode": f"key of {slip}",
            "amount_yen": yen,
            "fee_yen": 0,
            "authorised_at": authorised_at,
            "brand": "TEST",
            "designated_date": designated,
            "remitted_on": remitted_on,
            "status": 1 if remitted_on else 0,
        }
        async with self.work() as work:
            await work.connection.execute(insert(COMMISSIONS).values(row))
            await work.commit()

    async def told_remitted(self, number: str, day: date) -> None:
        """丙 reports that it has paid for a commission, late."""
        async with self.work() as work:
            renewed = update(COMMISSIONS).where(COMMISSIONS.c.commission_number == number)
            await work.connection.execute(renewed.values(remitted_on=day, status=2))
            await work.commit()

    async def bank(self, *lines: Deposit) -> TakenStatement:
        return await take_bank_statement(
            bank_file(*lines), open_unit_of_work=self.work, remitters=REMITTERS, clock=self.clock
        )

    async def stated(
        self, yen: int, *, channel: str = "payeasy", day: date = TRANSFER, collected: date = DUE
    ) -> int:
        """Whoever paid in states so many yen of one 期; return how many statements were new."""
        key = PayInKey(channel, day, CODE_OF[channel], collected, collected)
        pay_in = PayIn(key, 1, Yen(yen), (Part(2025, 1, 1, Yen(yen)),))
        async with self.work() as work:
            added = await register_pay_ins(work, [pay_in], None)
            await work.commit()
        return added

    async def reconcile(self) -> Reconciliation:
        return await reconcile(
            open_unit_of_work=self.work, clock=self.clock, statements_from=self.statements_from
        )

    async def statement(self) -> Statement:
        return await make_statement(
            2025,
            open_unit_of_work=self.work,
            clock=self.clock,
            statements_from=self.statements_from,
        )

    async def lines(self, statement: Statement) -> list[tuple]:
        async with self.work() as work:
            found = await work.statements.lines(statement.id, after=0, limit=1000)
        return [tuple(shown)[:9] for _, shown in found]

    async def reasons(self, statement: Statement) -> dict[tuple[str, str], int]:
        """Return the yen of the lines that say why they stand where they stand: (heap, reason)."""
        async with self.work() as work:
            found = await work.statements.lines(statement.id, after=0, limit=1000)
        return {
            (line.heap, line.reason): line.assessed_yen + line.received_yen
            for _, line in found
            if line.reason
        }

    async def exceptions(self, state: str = "OPEN") -> dict[str, int]:
        """Return the exceptions of a state: code -> yen."""
        query = select(EXCEPTIONS.c.code, EXCEPTIONS.c.amount_yen).where(
            EXCEPTIONS.c.state == state
        )
        async with self.engine.connect() as connection:
            return dict((await connection.execute(query)).all())

    async def states(self) -> dict[str, int]:
        """Return how many receipts stand in each state."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT state, count(*) FROM receipts GROUP BY state")
            )
            return dict(rows.all())

    async def select(self, sql: str) -> list[tuple]:
        """Ask the rows something that no door answers."""
        async with self.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(sql))]

    async def execute(self, sql: str) -> None:
        """Do something to the rows behind the use cases' backs."""
        async with self.engine.begin() as connection:
            await connection.execute(text(sql))


def _assessment(name: str, number: str, yen: int, due: date) -> dict:
    return {
        "id": named(name),
        "fiscal_year": 2025,
        "assessed_year": 2025,
        "levy_year": 2025,
        "notice_number": number,
        "instalment": 1,
        "account_code": "01",
        "collection_method": 1,
        "payment_method": 1,
        "year_class": 1,
        "assessment_number": number,
        "corrections": 0,
        "assessed_on": date(2025, 6, 1),
        "amount_yen": yen,
        "medical_yen": yen - yen // 5,
        "support_yen": yen // 5,
        "care_yen": 0,
        "child_yen": 0,
        "due_date": due,
        "limit_date": due + timedelta(days=60),
        "slip_type": 1,
        "issue": 1,
        "liable_person_id": name,
        "payer_name_kana": "ﾃｽﾄ",
    }


def _slip(name: str, number: str, yen: int, due: date, now: datetime) -> dict:
    return {
        "id": named(f"slip {name}"),
        "slip_type": 1,
        "fiscal_year": 2025,
        "levy_year": 2025,
        "notice_number": number,
        "instalment": 1,
        "issue": 1,
        "amount_yen": yen,
        "due_date": due,
        "limit_date": due + timedelta(days=60),
        "barcode": f"key of {name}",
        "institution_number": "00000",
        "payment_number": number,
        "confirmation_number": "0000",
        "category": "000",
        "effective_from": date(2025, 6, 1),
        "issued_at": now,
    }
