"""operator -> lgwan_asp, operator door: unlock a key, plan an outage, see what waits for a clerk.

In the sandbox the centre can also be told to fail. No free text: a reason is a code (BOOKS §1.15).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.kit.arrow import Arrow, NoBody, Wire

OPERATOR = ("operator",)
PAGE_ROWS_MAX = 1000


class UnlockKey(Wire):
    """Forget the wrong numbers by which a key is locked for a bank until the next service day.

    reason: the payer was identified, the bank confirmed, or the ward asked; document_number names
    the paper on which that stands.
    """

    institution_number: str = Field(pattern=r"^[0-9]{5}$")
    payment_number: str = Field(pattern=r"^[0-9]{16,20}$")
    category: str = Field(pattern=r"^[0-9]{3}$")
    bank_code: str = Field(pattern=r"^[0-9]{4}$")
    reason: Literal["payer_identified", "bank_confirmed", "ward_asked"]
    document_number: str = Field(pattern=r"^[0-9A-Za-z-]{1,32}$")


class KeyUnlocked(Wire):
    """How many wrong numbers were forgotten, and when (business time)."""

    wrong_numbers: int
    unlocked_at: datetime


class PlanOutage(Wire):
    """Hours in which inquiries are answered 91; money is taken all the same.

    municipality None is everybody's. The same start once more moves the end.
    """

    municipality: str | None = Field(default=None, pattern=r"^[0-9]{6}$")
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class OutagePlanned(Wire):
    """The outage as it stands now."""

    municipality: str | None
    starts_at: datetime
    ends_at: datetime


class CentreDown(Wire):
    """Whether the centre fails: every telegram ends 90 and records nothing."""

    down: bool


class CentreException(Wire):
    """Something open that a clerk of the centre must look at; the subject is as its code says."""

    exception_id: UUID
    municipality: str
    code: str
    subject: str
    opened_at: datetime


class CentreExceptions(Wire):
    """Open exceptions by id (query: after, limit); next_after is None at the end."""

    exceptions: tuple[CentreException, ...]
    next_after: UUID | None


_AT = ("lgwan_asp", "operator")
UNLOCK_KEY = Arrow(
    "unlock_key", *_AT, "POST", "/unlocks", UnlockKey, KeyUnlocked, OPERATOR, ("key_not_locked",)
)
PLAN_OUTAGE = Arrow(
    "plan_outage",
    *_AT,
    "POST",
    "/outages",
    PlanOutage,
    OutagePlanned,
    OPERATOR,
    ("outage_out_of_range", "municipality_unknown"),
)
LIST_CENTRE_EXCEPTIONS = Arrow(
    "list_centre_exceptions", *_AT, "GET", "/exceptions", NoBody, CentreExceptions, OPERATOR
)
CENTRE_DOWN = Arrow(
    "centre_down",
    *_AT,
    "PUT",
    "/sandbox/down",
    CentreDown,
    CentreDown,
    OPERATOR,
    sandbox_only=True,
)

ARROWS = (UNLOCK_KEY, PLAN_OUTAGE, LIST_CENTRE_EXCEPTIONS, CENTRE_DOWN)
