"""The contracts file: what it must say, and that its secrets are never shown."""

from __future__ import annotations

import json
from datetime import date

import pytest

from services.ward_gateway.domain.contracts import ContractsUnreadable, load_contract

GOOD = {
    "municipality": "131041",
    "name_kana": "ｼﾝｼﾞﾕｸｸ",
    "maker_code": "912345",
    "company_code": "00001",
    "institution_number": "13104",
    "category": "341",
    "confirmation_key_hex": "ab" * 32,
    "confirmation_digits": 4,
    "tamper_key_hex": "cd" * 32,
    "remitters": {"0000000001": "mobile_banking"},
    "slip_limit_days": 60,
    "slip_limit_latest_month_day": "05-15",
    "trustee_from": "2022-01-04",
    "pay_in_statements_from": {"mobile_banking": "2025-06-02"},
    "item_fees_yen": {"mobile_banking": 55},
    "debit_client_code": "0000131041",
}


def test_a_contract_is_read_from_an_object_or_from_a_list_of_one() -> None:
    one, keys = load_contract(json.dumps(GOOD))
    same, _ = load_contract(json.dumps([GOOD]))
    assert one == same
    assert (one.municipality, one.category) == ("131041", "341")
    assert keys.confirmation == b"\xab" * 32


def test_keys_are_never_shown() -> None:
    contract, keys = load_contract(json.dumps(GOOD))
    assert "abab" not in repr(keys) + repr(contract)
    assert "\\xab" not in repr(keys)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("municipality", "13104"),
        ("name_kana", ""),
        ("maker_code", 912345),
        ("confirmation_digits", True),
        ("confirmation_digits", 3),
        ("confirmation_digits", 7),
        ("confirmation_key_hex", "xy"),
        ("slip_limit_latest_month_day", "02-29"),
        ("slip_limit_latest_month_day", "0515"),
        ("trustee_from", "2022-01-03"),
        ("trustee_from", "2023-04-02"),
        ("trustee_from", 2022),
        ("item_fees_yen", None),
        ("item_fees_yen", {"payeasy": 0}),
        ("item_fees_yen", {"payeasy": True}),
        ("item_fees_yen", {"convenience": 5}),
        ("pay_in_statements_from", None),
        ("pay_in_statements_from", {"convenience": "2025-06-02"}),
        ("pay_in_statements_from", {"payeasy": "soon"}),
        ("pay_in_statements_from", {"payeasy": 20250602}),
        ("debit_client_code", "131041"),
        ("debit_client_code", 131041),
        ("remitters", {}),
        ("remitters", {"1": "payeasy"}),
        ("remitters", {"0000000001": "convenience"}),
    ],
)
def test_a_malformed_field_is_named_without_its_value(name, value) -> None:
    with pytest.raises(ContractsUnreadable) as refused:
        load_contract(json.dumps(GOOD | {name: value}))
    assert name in str(refused.value)


def test_a_ward_may_take_no_result_files_of_direct_debit() -> None:
    contract, _ = load_contract(json.dumps(GOOD | {"debit_client_code": None}))
    assert contract.debit_client_code is None
    silent = {name: value for name, value in GOOD.items() if name != "debit_client_code"}
    assert load_contract(json.dumps(silent))[0].debit_client_code is None


@pytest.mark.parametrize("text", ["", "[]", json.dumps([GOOD, GOOD]), "3"])
def test_a_file_of_no_ward_or_of_two_is_refused(text) -> None:
    with pytest.raises(ContractsUnreadable):
        load_contract(text)


@pytest.mark.parametrize(
    ("due", "limit"),
    [
        (date(2025, 6, 30), date(2025, 8, 29)),
        (date(2026, 3, 31), date(2026, 5, 15)),
        (date(2026, 6, 1), date(2026, 6, 1)),
    ],
)
def test_the_limit_date_is_sixty_days_later_but_not_past_the_close(due, limit) -> None:
    contract, _ = load_contract(json.dumps(GOOD))
    assert contract.slip_limit_date(due, 2025) == limit
