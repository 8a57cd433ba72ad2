"""The yen of every claim come from the books outside, and a statement that differs is named."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from shared.keys.barcode import Barcode
from shared.keys.payment_number import PaymentNumber, SlipType
from shared.kit.clock import TOKYO
from shared.kit.money import Yen
from simulation.bank_habits import Bank
from simulation.banks import COUNTER, SlipKeys, Visit, taking_of
from simulation.books import Books, ClaimDiffersError, ClaimNote, Paper, PaymentNote, Telegram
from simulation.owed import Standing, differences, paid_too_much, true_standings, unexplained

AT = datetime(2025, 6, 6, 10, tzinfo=TOKYO)
NOTICE = "100000001"
LOWERED, TWICE, UNPAID, CANCELLED = ((NOTICE, instalment) for instalment in (1, 2, 3, 4))


def number(claim: tuple[str, int]) -> PaymentNumber:
    return PaymentNumber(SlipType.INSTALMENT, 2025, claim[1], claim[0], 0)


def barcode(claim: tuple[str, int], yen: int) -> str:
    return Barcode(
        maker_code="912345",
        company_code="00001",
        biller_number=number(claim).biller_number,
        reissue=0,
        limit_date=AT.date(),
        stamp_flag=0,
        amount_yen=Yen(yen),
    ).digits


@pytest.fixture
def books(tmp_path):
    """One claim lowered from 1,000 to 600 after it was paid; one of 500 yen paid twice."""
    made = Books(tmp_path / "outside.sqlite")
    made.assess(
        [
            *(ClaimNote(LOWERED, count, yen) for count, yen in enumerate((1000, 600))),
            ClaimNote(TWICE, 0, 500),
            ClaimNote(UNPAID, 0, 300),
            *(ClaimNote(CANCELLED, count, yen) for count, yen in enumerate((200, 0))),
        ]
    )
    for claim, yen, state in ((LOWERED, 1000, "accepted"), (UNPAID, 300, "declined")):
        note = PaymentNote(f"{claim}", "mobile_credit", barcode(claim, yen), yen, AT, state, None)
        made.intend_payment(note)
    keys = SlipKeys("13104", number(TWICE).digits, "0000", "341")
    for trace, state in (("1", "intended"), ("2", "on_paper")):
        taking = taking_of(Bank("0001"), Visit(keys, COUNTER, AT, trace), 500, state=state)
        if state == "on_paper":
            made.put_on_paper(taking, Paper(AT.date(), AT.date()))
        else:
            made.intend_taking(taking, Telegram("{}", AT))
    yield made
    made.close()


def line(claim: tuple[str, int], heap: str, yen: int) -> Any:
    subject = "assessment" if heap.startswith("A") else "receipt"
    return SimpleNamespace(
        subject=subject,
        notice_number=claim[0],
        instalment=claim[1],
        heap=heap,
        assessed_yen=yen if subject == "assessment" else 0,
        received_yen=yen if subject == "receipt" else 0,
    )


LINES = [
    line(LOWERED, "A1", 600),
    line(LOWERED, "B1", 600),
    line(LOWERED, "B3", 400),
    line(TWICE, "A1", 500),
    line(TWICE, "B1", 500),
    line(TWICE, "B3", 500),
    line(UNPAID, "A7", 300),
]


def test_a_claim_is_owed_its_last_amount_and_paid_what_payers_and_banks_noted(books) -> None:
    assert true_standings(books) == {
        LOWERED: Standing(600, 1000, 0, 400),
        TWICE: Standing(500, 1000, 0, 500),
        UNPAID: Standing(300, 0, 300, 0),
        CANCELLED: Standing(),
    }
    assert paid_too_much(books) == (400, 500)
    assert list(differences(books, LINES)) == []


@pytest.mark.parametrize(
    ("at", "changed", "named"),
    [
        (0, line(LOWERED, "A1", 601), LOWERED),
        (2, line(LOWERED, "B1", 400), LOWERED),
        (5, line(TWICE, "B3", 499), TWICE),
        (6, line(UNPAID, "A1", 300), UNPAID),
        (6, line(CANCELLED, "A7", 300), CANCELLED),
    ],
)
def test_any_other_yen_of_a_claim_is_named(books, at, changed, named) -> None:
    lines = [*LINES[:at], changed, *LINES[at + 1 :]]
    found = list(differences(books, lines))
    assert any(f"claim {named[0]}-{named[1]:02d}" in text for text in found)


def test_a_payment_on_a_claim_that_nobody_assessed_is_named(books) -> None:
    stranger = ("999999999", 1)
    note = PaymentNote("x", "mobile_credit", barcode(stranger, 5), 5, AT, "accepted", None)
    books.intend_payment(note)
    assert [text.split(":")[0] for text in differences(books, LINES)] == ["claim 999999999-01"]


def test_of_many_differing_claims_three_are_named_and_the_others_counted(books) -> None:
    assert list(differences(books, []))[-1].startswith("claim")
    books.assess([ClaimNote((NOTICE, 5), 0, 9), ClaimNote((NOTICE, 6), 0, 9)])
    assert list(differences(books, []))[-1] == "2 more claims differ"


def test_overpaid_yen_that_no_exception_explains_to_the_yen_are_named(books) -> None:
    right = {"over_assessed": 400, "double_payment": 500}

    def said(**yen: int) -> list[str]:
        found = [SimpleNamespace(code=code, amount_yen=of) for code, of in (right | yen).items()]
        return list(unexplained(books, found))  # type: ignore[arg-type]

    assert said() == []
    assert said(over_assessed=399) == ["exceptions over_assessed: 399 yen named, 400 expected"]
    assert said(double_payment=0) == ["exceptions double_payment: 0 yen named, 500 expected"]


def test_what_was_owed_is_not_written_over(books) -> None:
    before = books.claims()
    books.assess([ClaimNote(LOWERED, 1, 600)])
    with pytest.raises(ClaimDiffersError):
        books.assess([ClaimNote((NOTICE, 9), 0, 1), ClaimNote(LOWERED, 1, 601)])
    assert books.claims() == before
