"""What the centre has agreed with each municipality: keys, banks, cut-off. Read once, from JSON.

Knows no file and no database; whoever reads the file hands its text in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from typing import Any

from services.lgwan_asp.domain.late_charges import LateChargeRules, late_charge_rules
from services.lgwan_asp.domain.service_hours import (
    MIDNIGHT,
    TIME_OF_DAY,
    ClosedHours,
    closed_hours,
    time_of_day,
)

TAMPER_KEY_BYTES_MIN = 16
_FORMS = {
    "municipality": r"\d{6}",
    "institution_number": r"\d{5}",
    "category": r"\d{3}",
    "tamper_key_hex": r"(?:[0-9a-f]{2})+",
    "cutoff": TIME_OF_DAY,
    "effective_time": TIME_OF_DAY,
}
_NUMBERS = ("payin_business_days", "inquiry_session_minutes")
_OPTIONAL = {"service_day_start", "closed_weekly", "late_charge"}


class ContractsUnreadable(ValueError):  # noqa: N818 - named as a fact
    """The contracts' JSON breaks a rule; the message names the entry and the field."""


@dataclass(frozen=True)
class Contract:
    """One municipality's contract; minutes are of business time, times of day of Tokyo.

    tamper_key is the 改ざん検知 key of both files (DOMAIN §2.7, §2.8); appointed_banks are the only
    ones that are answered (13 otherwise). Optional: service_day_start, when a service day begins
    and a locked key is free again (midnight); closed_weekly, hours without inquiries (none);
    late_charge, rules by which an inquiry adds late charge (None: it adds none).
    """

    municipality: str
    institution_number: str
    category: str
    institution_name_kana: str
    tamper_key: bytes = field(repr=False)
    appointed_banks: frozenset[str]
    payin_business_days: int
    inquiry_session_minutes: int
    cutoff: time
    effective_time: time
    service_day_start: time = MIDNIGHT
    closed_weekly: tuple[ClosedHours, ...] = ()
    late_charge: LateChargeRules | None = None


@dataclass(frozen=True)
class Contracts:
    """Every contract, by municipality and by collecting institution."""

    by_municipality: Mapping[str, Contract]

    def of_institution(self, institution_number: str) -> Contract | None:
        """Return whose institution number that is, or None."""
        for contract in self.by_municipality.values():
            if contract.institution_number == institution_number:
                return contract
        return None

    def in_order(self) -> list[Contract]:
        """Return every contract, by municipality: jobs go through them in one order."""
        return [self.by_municipality[town] for town in sorted(self.by_municipality)]


def load_contracts(text: str) -> Contracts:
    """Read the JSON list of contracts, or raise ContractsUnreadable naming entry and field."""
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise ContractsUnreadable(f"the contracts are no JSON: {error}") from error
    if not isinstance(entries, list):
        raise ContractsUnreadable("the contracts are a JSON list, one object per municipality")
    contracts = [_contract(entry, number) for number, entry in enumerate(entries, start=1)]
    for name in ("municipality", "institution_number"):
        values = [getattr(contract, name) for contract in contracts]
        if len(set(values)) != len(values):
            raise ContractsUnreadable(f"{name}: no two contracts may have the same")
    return Contracts({contract.municipality: contract for contract in contracts})


def _contract(entry: object, number: int) -> Contract:
    known = {f.name for f in fields(Contract)} - {"tamper_key"} | {"tamper_key_hex"}
    expected = known - _OPTIONAL
    if not isinstance(entry, dict) or not expected <= set(entry) <= known:
        names = ", ".join(sorted(expected))
        raise ContractsUnreadable(f"contract {number}: exactly these fields are needed: {names}")
    _check_forms(entry, number)
    return Contract(
        **{name: entry[name] for name in ("municipality", "institution_number", "category")},
        **{name: entry[name] for name in _NUMBERS},
        institution_name_kana=entry["institution_name_kana"],
        tamper_key=_key(entry["tamper_key_hex"], number),
        appointed_banks=_banks(entry["appointed_banks"], number),
        cutoff=time.fromisoformat(entry["cutoff"]),
        effective_time=time.fromisoformat(entry["effective_time"]),
        **_optional(entry, number),
    )


def _check_forms(entry: dict[str, Any], number: int) -> None:
    for name, form in _FORMS.items():
        if not isinstance(entry[name], str) or not re.fullmatch(form, entry[name]):
            raise ContractsUnreadable(f"contract {number}: {name} does not have the form {form}")
    for name in _NUMBERS:
        if type(entry[name]) is not int or entry[name] < 0:
            raise ContractsUnreadable(f"contract {number}: {name} is a whole number from 0")
    if not isinstance(entry["institution_name_kana"], str):
        raise ContractsUnreadable(f"contract {number}: institution_name_kana is text")


def _key(text: str, number: int) -> bytes:
    key = bytes.fromhex(text)
    if len(key) < TAMPER_KEY_BYTES_MIN:
        raise ContractsUnreadable(f"contract {number}: tamper_key_hex has at least 16 bytes")
    return key


def _optional(entry: dict[str, Any], number: int) -> dict[str, Any]:
    """Read the fields that a contract may leave out; one that is left out keeps its default."""
    found: dict[str, Any] = {}
    try:
        if "service_day_start" in entry:
            found["service_day_start"] = time_of_day(entry["service_day_start"])
        if "closed_weekly" in entry:
            found["closed_weekly"] = closed_hours(entry["closed_weekly"])
        if entry.get("late_charge") is not None:
            found["late_charge"] = late_charge_rules(entry["late_charge"])
    except ValueError as error:
        raise ContractsUnreadable(f"contract {number}: {error}") from error
    return found


def _banks(value: object, number: int) -> frozenset[str]:
    banks = value if isinstance(value, list) else [None]
    if not all(isinstance(bank, str) and re.fullmatch(r"\d{4}", bank) for bank in banks):
        raise ContractsUnreadable(f"contract {number}: appointed_banks lists four-digit codes")
    return frozenset(banks)
