"""The order of the checks of an inquiry, as a table: each row spoils one thing more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.lgwan_asp.domain.inquiries import (
    Asked,
    Bill,
    BillFacts,
    BillKey,
    DeleteReason,
    TelegramCode,
    answer_to,
)
from services.lgwan_asp.domain.service_hours import Service
from shared.kit.money import ZERO_YEN, Yen
from shared.wire.payeasy import RESULTS

NOW = datetime(2025, 6, 10, 1, 0, tzinfo=UTC)
BILL = Bill(
    municipality="131041",
    key=BillKey("13104", "125010000000010015", "341"),
    confirmation_number="7406",
    amount_yen=Yen(100),
    principal_yen=Yen(100),
    late_charge_yen=ZERO_YEN,
    fee_yen=ZERO_YEN,
    due_date=date(2025, 6, 30),
    limit_date=date(2025, 8, 29),
    notice_number="000000001",
    levy_year=2025,
    instalment=1,
    payer_name_kana="",
    description_kana="",
    effective_on=date(2025, 6, 3),
)
GOOD = BillFacts(BILL, paid=False, superseded=False, wrong_numbers=0)
ASKED = Asked(Service.OPEN, True, "7406", NOW, date(2025, 6, 10), 10)


def _spoil_limit(facts, asked, at):
    return replace(facts, bill=replace(facts.bill, limit_date=date(2025, 6, 9))), asked, at


def _spoil_paid(facts, asked, at):
    return replace(facts, paid=True), asked, at


def _spoil_effect(facts, asked, at):
    return facts, asked, NOW + timedelta(seconds=1)


def _spoil_superseded(facts, asked, at):
    return replace(facts, superseded=True), asked, at


def _spoil_deleted(facts, asked, at):
    deleted = replace(facts.bill, delete_reason=DeleteReason.REDUCED_OR_CANCELLED)
    return replace(facts, bill=deleted), asked, at


def _spoil_appointed(facts, asked, at):
    return facts, replace(asked, bank_is_appointed=False), at


def _spoil_hours(facts, asked, at):
    return facts, replace(asked, service=Service.CLOSED), at


def _spoil_centre(facts, asked, at):
    return facts, replace(asked, service=Service.DOWN), at


def _spoil_number(facts, asked, at):
    return facts, replace(asked, confirmation_number="0000"), at


def _spoil_lock(facts, asked, at):
    return replace(facts, wrong_numbers=10), asked, at


def _spoil_key(facts, asked, at):
    return None, asked, None


SPOILERS = [
    (_spoil_limit, "30"),
    (_spoil_paid, "20"),
    (_spoil_effect, "31"),
    (_spoil_superseded, "41"),
    (_spoil_deleted, "40"),
    (_spoil_number, "11"),
    (_spoil_lock, "12"),
    (_spoil_key, "10"),
    (_spoil_appointed, "13"),
    (_spoil_hours, "91"),
    (_spoil_centre, "90"),
]
ROWS = [([spoil for spoil, _ in SPOILERS[: n + 1]], SPOILERS[n][1]) for n in range(len(SPOILERS))]


def _answer(spoilers) -> str:
    facts, asked, at = GOOD, ASKED, NOW
    for spoil in spoilers:
        facts, asked, at = spoil(facts, asked, at)
    return answer_to(facts, asked, at).value


def test_a_sound_bill_is_answered_with_00():
    assert _answer([]) == "00"


@pytest.mark.parametrize(("spoilers", "code"), ROWS)
def test_the_first_check_that_fails_gives_the_code(spoilers, code):
    assert _answer(spoilers) == code


@pytest.mark.parametrize(("spoil", "code"), SPOILERS)
def test_each_check_alone_gives_its_code(spoil, code):
    assert _answer([spoil]) == code


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (DeleteReason.PAID_ELSEWHERE, "21"),
        (DeleteReason.REDUCED_OR_CANCELLED, "40"),
        (DeleteReason.DIRECT_DEBIT, "40"),
        (DeleteReason.REISSUED, "41"),
    ],
)
def test_a_delete_reason_has_its_code(reason, code):
    facts = replace(GOOD, bill=replace(BILL, delete_reason=reason))
    assert answer_to(facts, ASKED, NOW).value == code


def test_the_ninth_wrong_number_does_not_lock_yet():
    assert answer_to(replace(GOOD, wrong_numbers=9), ASKED, NOW) is TelegramCode.OK


def test_a_bill_may_be_paid_on_its_limit_date_and_from_its_first_second():
    on_the_day = replace(GOOD, bill=replace(BILL, limit_date=ASKED.today))
    assert answer_to(on_the_day, ASKED, NOW) is TelegramCode.OK


def test_every_code_stands_in_the_wire_contract():
    assert {code.value for code in TelegramCode} <= set(RESULTS)
