"""What the tests of formats share: each reads its files together and one by one."""

from __future__ import annotations

import pytest

from tests.unit.shared.files.run_lengths import ALWAYS_SINGLY, ALWAYS_TOGETHER, runs_from


@pytest.fixture(params=[ALWAYS_TOGETHER, ALWAYS_SINGLY], ids=["together", "singly"])
def either_way(request):
    """Run a test twice: with data records taken together, and one by one."""
    with runs_from(request.param):
        yield
