"""The customer number of a direct debit: 15 digits that name one claim."""

from __future__ import annotations

import pytest

from shared.keys.debit_customer import DebitCustomer, read_debit_customer
from shared.keys.problems import KeyProblem


def test_a_customer_number_is_year_notice_and_instalment() -> None:
    customer = DebitCustomer(2025, "000123456", 10)
    assert customer.digits == "202500012345610"
    assert read_debit_customer(customer.digits) == customer


@pytest.mark.parametrize(
    "text",
    ["", "2025000123456", "2025000123456100", "20250001234561A", "199900012345610", "２" * 15],
)
def test_what_names_no_claim_is_refused(text) -> None:
    with pytest.raises(KeyProblem, match="malformed_customer_number"):
        read_debit_customer(text)
