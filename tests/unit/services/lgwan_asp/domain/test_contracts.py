"""The contracts file: what is read, and what is refused by name."""

from __future__ import annotations

import json
from datetime import time

import pytest

from services.lgwan_asp.domain.contracts import ContractsUnreadable, load_contracts

ENTRY = {
    "municipality": "131041",
    "institution_number": "13104",
    "category": "341",
    "institution_name_kana": "ﾃｽﾄｸ",
    "tamper_key_hex": "00" * 32,
    "appointed_banks": ["0001", "0002"],
    "payin_business_days": 2,
    "inquiry_session_minutes": 10,
    "cutoff": "17:00",
    "effective_time": "07:00",
}
OTHER = ENTRY | {"municipality": "131059", "institution_number": "13105"}


def test_contracts_are_found_by_municipality_and_by_institution():
    contracts = load_contracts(json.dumps([OTHER, ENTRY]))
    ours = contracts.by_municipality["131041"]
    assert contracts.of_institution("13104") is ours
    assert contracts.of_institution("99999") is None
    assert (ours.cutoff, ours.effective_time) == (time(17), time(7))
    assert ours.appointed_banks == {"0001", "0002"}
    assert [c.municipality for c in contracts.in_order()] == ["131041", "131059"]


def test_a_contract_never_shows_its_key():
    contracts = load_contracts(json.dumps([ENTRY | {"tamper_key_hex": "ab" * 32}]))
    assert "ab" * 8 not in repr(contracts)
    assert "\\xab" not in repr(contracts)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"municipality": "13104"}, "municipality"),
        ({"institution_number": "1310"}, "institution_number"),
        ({"category": 341}, "category"),
        ({"tamper_key_hex": "zz"}, "tamper_key_hex"),
        ({"tamper_key_hex": "00" * 15}, "tamper_key_hex"),
        ({"appointed_banks": ["1"]}, "appointed_banks"),
        ({"appointed_banks": "0001"}, "appointed_banks"),
        ({"payin_business_days": -1}, "payin_business_days"),
        ({"inquiry_session_minutes": "10"}, "inquiry_session_minutes"),
        ({"inquiry_session_minutes": True}, "inquiry_session_minutes"),
        ({"cutoff": "24:00"}, "cutoff"),
        ({"effective_time": "7:00"}, "effective_time"),
        ({"institution_name_kana": None}, "institution_name_kana"),
        ({"extra": 1}, "exactly these fields"),
        ({"service_day_start": "3:00"}, "service_day_start"),
        ({"closed_weekly": {}}, "closed_weekly"),
        ({"late_charge": {"first_months": 2, "table": []}}, "first_months"),
    ],
)
def test_a_contract_that_breaks_a_rule_is_refused_by_name(change, named):
    with pytest.raises(ContractsUnreadable, match=named):
        load_contracts(json.dumps([ENTRY | change]))


@pytest.mark.parametrize("text", ["{", "{}", "[1]"])
def test_what_is_no_list_of_contracts_is_refused(text):
    with pytest.raises(ContractsUnreadable):
        load_contracts(text)


@pytest.mark.parametrize("name", ["municipality", "institution_number"])
def test_two_contracts_may_not_share_a_number(name):
    with pytest.raises(ContractsUnreadable, match=name):
        load_contracts(json.dumps([ENTRY, OTHER | {name: ENTRY[name]}]))


def test_what_a_contract_may_leave_out_has_a_default():
    ours = load_contracts(json.dumps([ENTRY])).by_municipality["131041"]
    assert (ours.service_day_start, ours.closed_weekly, ours.late_charge) == (time(0), (), None)


def test_hours_and_late_charge_are_read_from_a_contract():
    rates = {"from": "2025-01-01", "to": None, "first_permille": 24, "second_permille": 87}
    more = {
        "service_day_start": "03:00",
        "closed_weekly": [{"weekday": "monday", "from": "01:00", "to": "07:00"}],
        "late_charge": {"first_months": 3, "table": [rates]},
    }
    ours = load_contracts(json.dumps([ENTRY | more])).by_municipality["131041"]
    assert ours.service_day_start == time(3)
    assert [(h.weekday, h.start, h.end) for h in ours.closed_weekly] == [(0, time(1), time(7))]
    assert ours.late_charge is not None
    assert ours.late_charge.table[0].first_permille == 24
