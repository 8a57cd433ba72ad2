"""operator -> card_agent: let 代理納付 go wrong, let a network take money back. Sandbox only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.kit.arrow import Arrow, Wire

OPERATOR = ("operator",)
AMOUNT_FIELDS = {
    "late": "business_days",
    "partial": "commissions",
    "short": "yen",
    "unreported": "commissions",
}


class PlanTrouble(Wire):
    """A trouble with the commissions that are designated for value_date (a bank business day).

    late: all of them are paid `business_days` later. partial: `commissions` of them are paid on the
    next bank day. short: the day's order is `yen` less than its commissions. unreported:
    `commissions` of them stand in no report. Exactly the field of the kind is given.
    """

    municipality: str = Field(pattern=r"^\d{6}$")
    value_date: date
    kind: Literal["late", "partial", "short", "unreported"]
    business_days: int | None = Field(default=None, ge=1, le=250)
    commissions: int | None = Field(default=None, ge=1, le=1_000_000)
    yen: int | None = Field(default=None, ge=1, le=1_000_000_000)

    @model_validator(mode="after")
    def _the_field_of_the_kind(self) -> Self:
        for name in ("business_days", "commissions", "yen"):
            if (getattr(self, name) is not None) != (AMOUNT_FIELDS[self.kind] == name):
                message = f"a trouble of kind {self.kind} says {AMOUNT_FIELDS[self.kind]}, alone"
                raise ValueError(message)
        return self

    @property
    def amount(self) -> int:
        """Return the number that the kind needs."""
        value = getattr(self, AMOUNT_FIELDS[self.kind])
        return int(value)


class TroublePlanned(PlanTrouble):
    """The trouble as it is planned; the same one again gets the same answer."""

    trouble_id: UUID


class ChargeBack(Wire):
    """The card's network takes back what it paid the agent for this authorisation."""

    authorisation_id: UUID


class ChargedBack(Wire):
    """Done in the network's books; the commission and the ward's receipt stand."""

    authorisation_id: UUID
    at: datetime


PLAN_TROUBLE = Arrow(
    "plan_remittance_trouble",
    "card_agent",
    "operator",
    "POST",
    "/sandbox/remittance-troubles",
    PlanTrouble,
    TroublePlanned,
    OPERATOR,
    ("municipality_unknown", "order_written", "trouble_planned_already"),
    success=201,
    sandbox_only=True,
)
CHARGE_BACK = Arrow(
    "charge_back",
    "card_agent",
    "operator",
    "POST",
    "/sandbox/chargebacks",
    ChargeBack,
    ChargedBack,
    OPERATOR,
    ("nothing_to_charge_back",),
    success=201,
    sandbox_only=True,
)

ARROWS = (PLAN_TROUBLE, CHARGE_BACK)
