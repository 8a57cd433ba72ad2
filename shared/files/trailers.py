"""A trailer set beside what was read: each count and each sum that differs is a fault.

Knows names and numbers, no format.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared.files.layout import RecordLayout
from shared.files.problems import Fault


def differences(
    layout: RecordLayout, names: Iterable[str], written: object, counted: object
) -> list[Fault]:
    """Return total_mismatch for each `…_yen` that differs, count_mismatch for each other field."""
    return [
        layout.fault(
            name,
            "total_mismatch" if name.endswith("_yen") else "count_mismatch",
            getattr(written, name),
        )
        for name in names
        if getattr(written, name) != getattr(counted, name)
    ]


def counts_unlike(
    layout: RecordLayout, claims: Mapping[str, int], seen: int, written: object
) -> list[Fault]:
    """Return count_mismatch for each field whose claim is not the number of records seen.

    For a block with unreadable records: what they would have added to each sum is not known.
    """
    return [
        layout.fault(name, "count_mismatch", getattr(written, name))
        for name, claim in claims.items()
        if claim != seen
    ]
