"""Under which law a card commission stands: the designated agent of 2006 or the trustee of 2022.

Knows days only. Source: 地方自治法 231条の2 第6項 (old), 231条の2の3 and 231条の2の5; DOMAIN §5.1.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

TRUSTEE_LAW_FROM: Final = date(2022, 1, 4)
"""First day on which a 指定納付受託者 can be designated."""
PROXY_LAW_UNTIL: Final = date(2023, 3, 31)
"""Last day on which a 指定代理納付者 of the old law may take a commission."""
TRUSTEE_FROM_LATEST: Final = date(2023, 4, 1)


class Regime(StrEnum):
    """proxy2006 指定代理納付者: late is unpaid; trustee2022 指定納付受託者: late is its debt."""

    PROXY2006 = "proxy2006"
    TRUSTEE2022 = "trustee2022"


class RegimeEnded(ValueError):  # noqa: N818 - named as a fact
    """No law lets this agent take a commission on this day; names the day."""


def regime_on(commissioned_on: date, trustee_from: date | None = TRUSTEE_LAW_FROM) -> Regime:
    """Return the regime of a commission by its Tokyo day (BOOKS §1.2).

    trustee_from: the day of the agent's designation under the new law, None if it never was.
    Raises RegimeEnded for an agent of the old law after 2023-03-31.
    """
    if trustee_from is not None and commissioned_on >= max(trustee_from, TRUSTEE_LAW_FROM):
        return Regime.TRUSTEE2022
    if commissioned_on <= PROXY_LAW_UNTIL:
        return Regime.PROXY2006
    raise RegimeEnded(f"no regime for a commission of {commissioned_on}")


def trustee_from_of(value: object) -> date | None:
    """Read `trustee_from` of a contract: null, or a day from 2022-01-04 to 2023-04-01.

    Raises ValueError without repeating the value.
    """
    if value is None:
        return None
    day = date.fromisoformat(value) if isinstance(value, str) else None
    if day is None or not TRUSTEE_LAW_FROM <= day <= TRUSTEE_FROM_LATEST:
        message = f"trustee_from is null or a day from {TRUSTEE_LAW_FROM} to {TRUSTEE_FROM_LATEST}"
        raise ValueError(message)
    return day
