"""The contracts file: what it must say, and how it is refused."""

from __future__ import annotations

import pytest

from services.payment_provider.domain.contracts import ContractsUnreadable, load_contracts
from tests.unit.services.payment_provider.samples import (
    OTHER_WARD,
    WARD,
    contract,
    contracts_text,
)


def test_a_contract_is_found_by_municipality_and_by_codes():
    contracts = load_contracts(contracts_text())
    assert [c.municipality for c in contracts] == [WARD, OTHER_WARD]
    assert contracts.by_codes("912345", "00002") is contracts.of(OTHER_WARD)
    assert contracts.by_codes("912345", "99999") is None
    assert contracts.knows(WARD)
    assert not contracts.knows("999999")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"municipality": "13104"}, "municipality"),
        ({"name_kana": ""}, "name_kana"),
        ({"remitter_code": 1234567890}, "remitter_code"),
        ({"confirm_business_days": 0}, "confirm_business_days"),
        ({"transfer_business_days": True}, "transfer_business_days"),
        ({"fee_table": []}, "fee_table"),
        ({"fee_table": [{"from": "2025-04-01", "steps": []}]}, "fee_table"),
        (
            {
                "fee_table": [
                    {"from": "2025-04-01", "steps": [[9, 1], [5, 2]], "further_10000_yen": 1}
                ]
            },
            "fee_table",
        ),
    ],
)
def test_a_wrong_field_is_named(changes, named):
    with pytest.raises(ContractsUnreadable, match=f"contract 1: {named}"):
        load_contracts(contracts_text(contract(**changes)))


@pytest.mark.parametrize("text", ["", "[", "[]", "{}", "[1]"])
def test_what_is_no_list_of_contracts_is_refused(text):
    with pytest.raises(ContractsUnreadable):
        load_contracts(text)


def test_two_contracts_may_not_share_their_codes():
    with pytest.raises(ContractsUnreadable, match="share"):
        load_contracts(contracts_text(contract(), contract(OTHER_WARD, company_code="00001")))
