"""Premiums against the vectors of the ward's published rates."""

from __future__ import annotations

import pytest

from simulation.premiums import annual_premium, instalments


@pytest.mark.parametrize(
    ("income_yen", "premium_yen"),
    [
        (0, 19_230),
        (735_000, 63_769),
        (990_000, 109_520),
        (1_500_000, 175_380),
        (2_000_000, 227_380),
        (3_000_000, 331_380),
        (5_000_000, 539_380),
    ],
)
def test_a_single_payer_under_forty_owes_the_published_premium(income_yen, premium_yen):
    assert annual_premium(income_yen, insured=1, of_care_age=0).total_yen == premium_yen


def test_no_part_of_a_premium_passes_its_cap():
    premium = annual_premium(100_000_000, insured=2, of_care_age=2)
    assert (premium.medical_yen, premium.support_yen, premium.care_yen) == (
        660_000,
        260_000,
        170_000,
    )


@pytest.mark.parametrize("income_yen", [0, 735_000, 1_234_567, 3_000_000])
def test_ten_instalments_lose_no_yen_of_any_part(income_yen):
    year = annual_premium(income_yen, insured=2, of_care_age=1)
    parts = instalments(year)
    assert len(parts) == 10
    for name in ("medical_yen", "support_yen", "care_yen"):
        assert sum(getattr(part, name) for part in parts) == getattr(year, name)
    assert {part.total_yen for part in parts[1:]} == {year.total_yen // 10}
