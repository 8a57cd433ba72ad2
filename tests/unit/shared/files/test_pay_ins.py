"""From single takings to the lines of a 計算書."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.files.keisansho import load_keisansho, write_keisansho
from shared.files.pay_ins import NO_KEY, Taken, part_of, pay_in_lines
from shared.keys.channels import Channel
from shared.keys.payment_number import PaymentNumber, SlipType
from shared.kit.money import Yen

FIRST, PAID_IN = date(2025, 6, 2), date(2025, 6, 30)
NUMBERS = st.one_of(
    st.builds(
        lambda year, instalment: (
            PaymentNumber(SlipType.INSTALMENT, year, instalment, "000000001", 0).biller_number
        ),
        st.integers(2024, 2026),
        st.integers(1, 12),
    ),
    st.just("9" * 16),
)
TAKINGS = st.lists(
    st.builds(Taken, st.dates(FIRST, PAID_IN), NUMBERS, st.integers(1, 300_000).map(Yen)),
    min_size=1,
    max_size=40,
)


def lines_of(takings: list[Taken]):
    return pay_in_lines(
        takings,
        municipality="131041",
        channel=Channel.MOBILE_BANKING,
        remitter_code="0000000001",
        paid_in_on=PAID_IN,
    )


@given(TAKINGS)
def test_any_takings_make_a_statement_that_reads_back_to_the_yen(takings) -> None:
    lines = lines_of(takings)
    loaded = load_keisansho(write_keisansho(lines))
    assert (loaded.problems, loaded.records) == ([], lines)
    assert lines[-1].is_total
    assert lines[-1].amount_yen == sum(taken.amount_yen for taken in takings)
    assert lines[-1].count == len(takings)


def test_digits_without_a_key_of_ours_have_a_part_of_their_own() -> None:
    lump = PaymentNumber(SlipType.LUMP_SUM, 2025, 0, "000000001", 0).biller_number
    assert part_of(lump) == (2025, 0)
    assert part_of("9" * 16) == NO_KEY == (0, 0)
    lines = lines_of([Taken(FIRST, "9" * 16, Yen(5)), Taken(FIRST, lump, Yen(7))])
    assert [(line.levy_year, line.instalment, line.amount_yen) for line in lines] == [
        (0, 0, 5),
        (2025, 0, 7),
        (None, None, 12),
    ]


def test_a_pay_in_of_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="at least one taking"):
        lines_of([])
