"""The contracts file says everything, or is refused with the field that is wrong."""

from __future__ import annotations

import json

import pytest

from services.card_agent.domain.contracts import ContractsUnreadable, load_contracts
from services.card_agent.domain.refusals import MunicipalityUnknown

GOOD = {
    "municipality": "131041",
    "agent_id": "0001",
    "remitter_code": "0000900201",
    "remitter_name_kana": "ｶ-ﾄﾞﾀﾞｲｺｳ",
    "designated_dates": {"rule": "per_day", "business_days": 5},
    "trustee_from": "2022-01-04",
    "ward_public_jwk": {"kty": "EC", "crv": "P-256", "x": "x", "y": "y"},
}


def test_contracts_are_found_by_municipality() -> None:
    contracts = load_contracts(json.dumps([GOOD, GOOD | {"municipality": "131130"}]))
    assert contracts.municipalities() == ["131041", "131130"]
    assert contracts.of("131041").designated_dates.business_days == 5
    with pytest.raises(MunicipalityUnknown):
        contracts.of("999999")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"municipality": "13104"}, "municipality has 6 digits"),
        ({"remitter_code": "１２３４５６７８９０"}, "remitter_code has 10 digits"),
        ({"remitter_name_kana": ""}, "remitter_name_kana is text"),
        ({"designated_dates": {"rule": "per_day", "business_days": True}}, "business_days"),
        ({"designated_dates": {"rule": "per_day", "business_days": 0}}, "business_days"),
        ({"designated_dates": {"rule": "daily", "business_days": 1}}, "rule"),
        ({"designated_dates": {"rule": "per_day"}}, "designated_dates"),
        ({"designated_dates": 5}, "designated_dates"),
        ({"trustee_from": "2022-01-03"}, "trustee_from"),
        ({"trustee_from": "hidden"}, "trustee_from"),
        ({"ward_public_jwk": "key"}, "ward_public_jwk is a public EC key"),
        ({"ward_public_jwk": {"kty": "EC", "d": "hidden"}}, "holds a private key"),
        ({"fee": 1}, "missing or not known: fee"),
    ],
)
def test_a_wrong_field_is_named_without_its_value(changes: dict[str, object], named: str) -> None:
    with pytest.raises(ContractsUnreadable, match=named) as refused:
        load_contracts(json.dumps([GOOD | changes]))
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "{}", "[]", "[1]", json.dumps([GOOD, GOOD])])
def test_a_file_that_is_no_list_of_contracts_is_refused(text: str) -> None:
    with pytest.raises(ContractsUnreadable):
        load_contracts(text)
