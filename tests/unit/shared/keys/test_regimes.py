"""Under which law a commission stands, day by day around the change."""

from __future__ import annotations

from datetime import date

import pytest

from shared.keys.regimes import Regime, RegimeEnded, regime_on, trustee_from_of

PROXY, TRUSTEE = Regime.PROXY2006, Regime.TRUSTEE2022


@pytest.mark.parametrize(
    ("day", "trustee_from", "regime"),
    [
        (date(2022, 1, 3), date(2022, 1, 4), PROXY),
        (date(2022, 1, 4), date(2022, 1, 4), TRUSTEE),
        (date(2022, 6, 30), date(2022, 7, 1), PROXY),
        (date(2022, 7, 1), date(2022, 7, 1), TRUSTEE),
        (date(2023, 3, 31), date(2023, 4, 1), PROXY),
        (date(2023, 4, 1), date(2023, 4, 1), TRUSTEE),
        (date(2023, 3, 31), None, PROXY),
        (date(2025, 6, 2), date(2022, 1, 4), TRUSTEE),
        (date(2020, 6, 1), date(2022, 1, 4), PROXY),
    ],
)
def test_the_day_of_the_commission_chooses_the_regime(day, trustee_from, regime) -> None:
    assert regime_on(day, trustee_from) is regime


def test_the_old_law_takes_no_commission_after_march_2023() -> None:
    with pytest.raises(RegimeEnded, match="2023-04-01"):
        regime_on(date(2023, 4, 1), None)


@pytest.mark.parametrize("value", ["2022-01-04", "2023-04-01"])
def test_a_designation_lies_between_the_two_laws(value) -> None:
    assert trustee_from_of(value) == date.fromisoformat(value)
    assert trustee_from_of(None) is None


@pytest.mark.parametrize("value", ["2022-01-03", "2023-04-02", "soon", 20220104, ""])
def test_any_other_day_of_designation_is_refused(value) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - two kinds of message, one meaning
        trustee_from_of(value)
