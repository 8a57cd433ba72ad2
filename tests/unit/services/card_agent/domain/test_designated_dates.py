"""指定日 by each rule of a contract, over holidays and ends of months and years."""

from __future__ import annotations

from datetime import date

import pytest

from services.card_agent.domain.contracts import Contract, Contracts
from services.card_agent.domain.designated_dates import DesignatedDates, DesignatedRule
from services.card_agent.domain.refusals import AgentNotDesignated, MunicipalityUnknown
from shared.kit.calendar import japanese_banks

PER_DAY, HALF, MONTH = DesignatedRule


@pytest.mark.parametrize(
    ("rule", "days", "commissioned", "designated"),
    [
        (PER_DAY, 5, date(2025, 6, 2), date(2025, 6, 9)),
        (PER_DAY, 5, date(2025, 7, 19), date(2025, 7, 28)),  # Saturday before a holiday on Monday
        (PER_DAY, 5, date(2025, 12, 29), date(2026, 1, 8)),
        (PER_DAY, 1, date(2024, 3, 29), date(2024, 4, 1)),
        (PER_DAY, 5, date(2024, 5, 27), date(2024, 6, 3)),
        (HALF, 3, date(2025, 6, 1), date(2025, 6, 18)),
        (HALF, 3, date(2025, 6, 15), date(2025, 6, 18)),
        (HALF, 3, date(2025, 6, 16), date(2025, 7, 3)),
        (HALF, 1, date(2024, 2, 29), date(2024, 3, 1)),
        (MONTH, 5, date(2025, 12, 1), date(2026, 1, 9)),
        (MONTH, 1, date(2024, 3, 31), date(2024, 4, 1)),
    ],
)
def test_a_commission_is_paid_over_by_its_contracts_rule(
    rule, days, commissioned, designated
) -> None:
    assert DesignatedDates(rule, days).of(commissioned, japanese_banks()) == designated


@pytest.mark.parametrize("rule", list(DesignatedRule))
def test_money_never_falls_due_while_banks_are_closed_or_before_it_was_commissioned(rule) -> None:
    dates = DesignatedDates(rule, 1)
    for ordinal in range(date(2025, 1, 1).toordinal(), date(2025, 12, 31).toordinal()):
        day = date.fromordinal(ordinal)
        due = dates.of(day, japanese_banks())
        assert due > day
        assert japanese_banks().is_business_day(due)


def _contracts(trustee_from: date | None) -> Contracts:
    dates = DesignatedDates(PER_DAY, 5)
    contract = Contract("131041", "0001", "0000900201", "ｶ-ﾄﾞ", dates, trustee_from, {})
    return Contracts({"131041": contract})


@pytest.mark.parametrize(
    ("trustee_from", "day", "allowed"),
    [
        (date(2022, 1, 4), date(2025, 6, 2), True),
        (date(2023, 4, 1), date(2023, 3, 31), True),
        (None, date(2023, 3, 31), True),
        (None, date(2023, 4, 1), False),
    ],
)
def test_an_agent_that_no_law_allows_takes_no_commission(trustee_from, day, allowed) -> None:
    contracts = _contracts(trustee_from)
    if allowed:
        assert contracts.demand_designated("131041", day).municipality == "131041"
    else:
        with pytest.raises(AgentNotDesignated):
            contracts.demand_designated("131041", day)
    with pytest.raises(MunicipalityUnknown):
        contracts.demand_designated("999999", day)
