"""Every arrow but those of the centre's two doors, in the order in which they can be asked."""

from __future__ import annotations

from shared.kit.arrow import AnyArrow
from shared.wire.doors import ARROWS, LGWAN_ASP

LAST_OF_ALL = ("_run_job", "_run_jobs", "_put_user", "_plan_fault", "centre_down", "_move_clock")
"""What changes the ground for whoever asks after it, so it is asked last."""


def _turn(arrow: AnyArrow) -> int:
    places = [n for n, name in enumerate(LAST_OF_ALL, 1) if arrow.name.endswith(name)]
    return max(places, default=0)


ASKED = sorted(
    (a for a in ARROWS if a.callee != LGWAN_ASP or a.door == "operator"),
    key=_turn,
)
