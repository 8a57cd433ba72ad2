"""When the command says that Pay-easy keys take effect: the morning after their cut-off."""

from __future__ import annotations

from datetime import date

import pytest

from deploy.cli.ward import WardMade, payeasy_effective_at
from shared.kit.clock import tokyo_time


@pytest.mark.parametrize(
    ("day", "hour", "effective_on"),
    [
        (date(2025, 6, 2), 8, date(2025, 6, 3)),  # Monday, before the cut-off
        (date(2025, 6, 2), 17, date(2025, 6, 4)),  # at the cut-off: applied on Tuesday
        (date(2025, 6, 6), 10, date(2025, 6, 7)),  # Friday: keys are served on Saturday
        (date(2025, 6, 7), 10, date(2025, 6, 10)),  # Saturday: applied on Monday
    ],
)
def test_keys_take_effect_the_morning_after_their_cut_off(day, hour, effective_on) -> None:
    effective_at = payeasy_effective_at(tokyo_time(day, hour))
    assert effective_at == tokyo_time(effective_on, 7)
    assert WardMade(1, 10, 100, effective_at).advance_to == effective_on.isoformat()
