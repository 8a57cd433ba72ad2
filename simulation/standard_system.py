"""The standard system (標準システム): households, their premiums, corrections, its choutei.csv.

Everything is invented from a seed; no real person, address or number stands in it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from shared.files.choutei import BY_DIRECT_DEBIT, BY_SLIP, Assessment, write_choutei
from shared.files.codes import Proc
from shared.keys.payment_number import SlipType
from shared.kit.calendar import instalment_due_date, japanese_banks
from shared.kit.money import ZERO_YEN, Yen
from simulation.premiums import INSTALMENTS, annual_premium, instalments

INCOME_GROUPS = (  # (income in yen, share of households in %) - BOOKS §6
    (0, 38),
    (735_000, 14),
    (990_000, 10),
    (1_500_000, 14),
    (2_000_000, 10),
    (3_000_000, 8),
    (5_000_000, 6),
)
DEBIT_SHARE = 0.1
"""Households that pay by direct debit: assessed, but no slip and nothing at the centre."""
CARE_SHARE, SECOND_MEMBER_SHARE = 0.35, 0.2
SLIP_LIMIT_DAYS = 60
LAST_LIMIT = (5, 15)
"""取扱期限 of current-year slips: 31 May minus the slowest channel's lag (BOOKS §1.1, setting)."""
SURNAMES = ("ｱｵｷ", "ｲﾄｳ", "ｳｴﾀﾞ", "ｴﾝﾄﾞｳ", "ｵｶﾀﾞ", "ｶﾄｳ", "ｷﾑﾗ", "ｸﾎﾞ", "ｺﾊﾞﾔｼ", "ｻﾄｳ", "ｽｽﾞｷ")
GIVEN_NAMES = ("ｱｷﾗ", "ｲｸｺ", "ｳﾀ", "ｴｲｼﾞ", "ｵｻﾑ", "ｶｵﾙ", "ｷﾖｼ", "ｸﾐｺ", "ｹﾝ", "ｺｳｼﾞ", "ｻﾁｺ")


MOVED_IN_NOTICE = "100500001"
"""The notice of who moves in during the year: numbered apart from the households of the start."""
LOWERED, CANCELLED, MOVED_IN = "GENGAKU", "TORIKESI", "TENNYU"  # 調定事由コード, invented


@dataclass(frozen=True)
class Export:
    """An export of the standard system, with the totals that travel beside it."""

    rows: tuple[Assessment, ...]
    content: bytes

    @property
    def record_count(self) -> int:
        """Return how many records it has."""
        return len(self.rows)

    @property
    def total_yen(self) -> int:
        """Return the sum of its amounts, whatever is done with each."""
        return sum(row.amount_yen for row in self.rows)


def export_of(rows: Sequence[Assessment]) -> Export:
    """Write records into a file of their own, numbered from 1."""
    numbered = tuple(replace(row, record_no=number) for number, row in enumerate(rows, start=1))
    return Export(numbered, write_choutei(numbered))


def limit_date(due: date, fiscal_year: int) -> date:
    """Return until when a slip is taken: 60 days after it fell due, never past the year's last."""
    return max(due, min(due + timedelta(days=SLIP_LIMIT_DAYS), date(fiscal_year + 1, *LAST_LIMIT)))


def make_ward(seed: int, households: int, fiscal_year: int, *, first_notice: int = 1) -> Export:
    """Invent a ward: so many households, ten instalments each; the same seed gives the same bytes.

    first_notice: notice numbers go on from here, so that a second ward fits beside the first.
    """
    chance = random.Random(f"ward {seed}")
    rows: list[Assessment] = []
    for number in range(households):
        notice = f"{100_000_000 + first_notice + number:09d}"
        rows += _household(chance, notice, fiscal_year, len(rows))
    return export_of(rows)


def moved_in(seed: int, fiscal_year: int, first_instalment: int, on: date) -> list[Assessment]:
    """Return the claims on a household that moves in: its instalments from one on, by slip.

    A share of the year's premium for each: what it owed elsewhere before is not this ward's.
    """
    chance = random.Random(f"moved in {seed}")
    year = _household(chance, MOVED_IN_NOTICE, fiscal_year, 0)
    return [
        replace(row, payment_method=BY_SLIP, assessed_on=on, reason_code=MOVED_IN)
        for row in year
        if row.instalment >= first_instalment
    ]


def lowered(row: Assessment, percent: int, on: date) -> Assessment:
    """Return a claim after a correction (更正): each part down to so many percent of what it was.

    A yen is never divided: each part is rounded down, and the amount is what the parts add up to.
    """
    medical, support, care, child = (
        Yen(part * percent // 100)
        for part in (row.medical_yen, row.support_yen, row.care_yen, row.child_yen)
    )
    return replace(
        _corrected(row, Proc.CHANGE, LOWERED, on),
        amount_yen=Yen(medical + support + care + child),
        medical_yen=medical,
        support_yen=support,
        care_yen=care,
        child_yen=child,
    )


def cancelled(row: Assessment, on: date) -> Assessment:
    """Return the record that cancels a claim; it names the amount that is owed no more."""
    return _corrected(row, Proc.DELETE, CANCELLED, on)


def _corrected(row: Assessment, proc: Proc, reason_code: str, on: date) -> Assessment:
    return replace(
        row,
        proc=proc,
        history_number=row.history_number + 1,
        correction_count=row.correction_count + 1,
        reason_code=reason_code,
        assessed_on=on,
    )


def _household(
    chance: random.Random, notice: str, fiscal_year: int, records_before: int
) -> list[Assessment]:
    income = chance.choices([i for i, _ in INCOME_GROUPS], [share for _, share in INCOME_GROUPS])[0]
    insured = 2 if chance.random() < SECOND_MEMBER_SHARE else 1
    of_care_age = sum(chance.random() < CARE_SHARE for _ in range(insured))
    method = BY_DIRECT_DEBIT if chance.random() < DEBIT_SHARE else BY_SLIP
    kana = f"{chance.choice(SURNAMES)} {chance.choice(GIVEN_NAMES)}"
    year = instalments(annual_premium(income, insured, of_care_age))
    calendar = japanese_banks()
    rows = []
    for index in range(INSTALMENTS):
        due = instalment_due_date(calendar, fiscal_year, index + 1)
        part = year[index]
        rows.append(
            Assessment(
                record_no=records_before + index + 1,
                proc=Proc.ADD,
                fiscal_year=fiscal_year,
                assessed_year=fiscal_year,
                levy_year=fiscal_year,
                notice_number=notice,
                history_number=1,
                instalment=index + 1,
                account_code="0001",
                collection_method=1,
                payment_method=method,
                year_class=1,
                assessment_id=f"{fiscal_year}-{notice}-{index + 1:02d}",
                correction_count=0,
                reason_code="",
                assessed_on=date(fiscal_year, 6, 1),
                amount_yen=Yen(part.total_yen),
                medical_yen=Yen(part.medical_yen),
                support_yen=Yen(part.support_yen),
                care_yen=Yen(part.care_yen),
                child_yen=ZERO_YEN,
                late_charge_yen=ZERO_YEN,
                fee_yen=ZERO_YEN,
                due_date=due,
                limit_date=limit_date(due, fiscal_year),
                slip_type=SlipType.INSTALMENT,
                issue=0,
                liable_person_id=f"P{notice}",
                payer_name_kana=kana,
                name="",
                postal_code="",
                address_1="",
                address_2="",
            )
        )
    return rows
