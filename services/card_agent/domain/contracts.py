"""What the card agent has agreed with each municipality. Knows the file's text, not its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from services.card_agent.domain.designated_dates import DesignatedDates, DesignatedRule
from services.card_agent.domain.refusals import AgentNotDesignated, MunicipalityUnknown
from shared.keys.regimes import RegimeEnded, regime_on, trustee_from_of
from shared.kit.calendar import BusinessCalendar

MUNICIPALITY_DIGITS = 6
REMITTER_CODE_DIGITS = 10
FIELDS = frozenset(
    {
        "municipality",
        "agent_id",
        "remitter_code",
        "remitter_name_kana",
        "designated_dates",
        "trustee_from",
        "ward_public_jwk",
    }
)


class ContractsUnreadable(ValueError):  # noqa: N818 - named as a fact
    """The contracts file does not say what a card agent must know; names fields, not values."""


@dataclass(frozen=True)
class Contract:
    """One municipality: its remitter code (振込依頼人コード), its 指定日, the key of its reports.

    trustee_from: the first day as 指定納付受託者, None if it never was one (BOOKS §1.2).
    """

    municipality: str
    agent_id: str
    remitter_code: str
    remitter_name_kana: str
    designated_dates: DesignatedDates
    trustee_from: date | None
    ward_public_jwk: Mapping[str, Any]


@dataclass(frozen=True)
class Contracts:
    """Every contract, by municipality."""

    by_municipality: Mapping[str, Contract]

    def of(self, municipality: str) -> Contract:
        """Return a municipality's contract or raise MunicipalityUnknown."""
        contract = self.by_municipality.get(municipality)
        if contract is None:
            raise MunicipalityUnknown
        return contract

    def demand_designated(self, municipality: str, day: date) -> Contract:
        """Return the contract if a law lets the agent take a commission under it on a Tokyo day.

        Raises MunicipalityUnknown or AgentNotDesignated.
        """
        contract = self.of(municipality)
        try:
            regime_on(day, contract.trustee_from)
        except RegimeEnded as ended:
            raise AgentNotDesignated from ended
        return contract

    def demand_commission_possible(
        self, municipality: str, day: date, calendar: BusinessCalendar
    ) -> Contract:
        """Return the contract if a commission of a Tokyo day is lawful and can be paid over.

        Raises MunicipalityUnknown, AgentNotDesignated or BankDaysUnknown.
        """
        contract = self.demand_designated(municipality, day)
        contract.designated_dates.demand_known(day, calendar)
        return contract

    def municipalities(self) -> list[str]:
        """Return the municipalities in a fixed order."""
        return sorted(self.by_municipality)


def load_contracts(text: str) -> Contracts:
    """Read the contracts file, a JSON list; raise ContractsUnreadable, naming entry and field."""
    try:
        loaded = json.loads(text)
    except ValueError as error:
        raise ContractsUnreadable("the contracts file is not JSON") from error
    if not isinstance(loaded, list) or not loaded:
        raise ContractsUnreadable("the contracts file is a list with at least one contract")
    found: dict[str, Contract] = {}
    for number, entry in enumerate(loaded, 1):
        contract = _contract(entry, f"contract {number}")
        if contract.municipality in found:
            raise ContractsUnreadable(f"contract {number}: municipality stands there twice")
        found[contract.municipality] = contract
    return Contracts(MappingProxyType(found))


def _contract(entry: object, place: str) -> Contract:
    if not isinstance(entry, dict):
        raise ContractsUnreadable(f"{place}: a contract is an object")
    strange = sorted(FIELDS ^ set(entry))
    if strange:
        raise ContractsUnreadable(f"{place}: missing or not known: {', '.join(strange)}")
    return Contract(
        municipality=_digits(entry, "municipality", MUNICIPALITY_DIGITS, place),
        agent_id=_text(entry, "agent_id", place),
        remitter_code=_digits(entry, "remitter_code", REMITTER_CODE_DIGITS, place),
        remitter_name_kana=_text(entry, "remitter_name_kana", place),
        designated_dates=_designated_dates(entry["designated_dates"], place),
        trustee_from=_trustee_from(entry["trustee_from"], place),
        ward_public_jwk=_public_jwk(entry["ward_public_jwk"], place),
    )


def _designated_dates(value: object, place: str) -> DesignatedDates:
    if not isinstance(value, dict) or set(value) != {"rule", "business_days"}:
        raise ContractsUnreadable(f"{place}: designated_dates says rule and business_days")
    rule, days = value["rule"], value["business_days"]
    if rule not in set(DesignatedRule):
        raise ContractsUnreadable(f"{place}: designated_dates: rule is none that we know")
    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        message = f"{place}: designated_dates: business_days is a whole number from 1"
        raise ContractsUnreadable(message)
    return DesignatedDates(DesignatedRule(rule), days)


def _trustee_from(value: object, place: str) -> date | None:
    try:
        return trustee_from_of(value)
    except ValueError:
        message = f"{place}: trustee_from is null or a day of 2022-01-04 to 2023-04-01"
        raise ContractsUnreadable(message) from None


def _text(entry: Mapping[str, object], name: str, place: str) -> str:
    value = entry[name]
    if not isinstance(value, str) or not value:
        raise ContractsUnreadable(f"{place}: {name} is text")
    return value


def _digits(entry: Mapping[str, object], name: str, width: int, place: str) -> str:
    value = _text(entry, name, place)
    if len(value) != width or not (value.isascii() and value.isdigit()):
        raise ContractsUnreadable(f"{place}: {name} has {width} digits")
    return value


def _public_jwk(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or value.get("kty") != "EC":
        raise ContractsUnreadable(f"{place}: ward_public_jwk is a public EC key (RFC 7517)")
    if "d" in value:
        raise ContractsUnreadable(f"{place}: ward_public_jwk holds a private key")
    return MappingProxyType(dict(value))
