"""What the provider has agreed with each municipality: codes, days, fees, and how money is named.

Knows the text of the contracts file, not where it stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from services.payment_provider.domain.fees import FeeTable
from shared.kit.money import Yen


class ContractsUnreadable(ValueError):  # noqa: N818 - named as a fact
    """The contracts file does not say what it must; names the entry and the field."""


@dataclass(frozen=True, slots=True)
class Contract:
    """One municipality. Days are business days of the banks' calendar (BOOKS §2.1).

    item_fee_yen: what the municipality pays for each app-banking receipt.
    """

    municipality: str
    name_kana: str
    maker_code: str
    company_code: str
    agent_company_code: str
    remitter_code: str
    remitter_name_kana: str
    confirm_business_days: int
    transfer_business_days: int
    fee_table: tuple[FeeTable, ...]
    item_fee_yen: Yen


class Contracts:
    """Every contract, found by municipality or by what stands in a barcode."""

    def __init__(self, contracts: tuple[Contract, ...]) -> None:
        """Refuse two contracts of one municipality, or two that share maker and company code."""
        self._by_town = {c.municipality: c for c in contracts}
        self._by_codes = {(c.maker_code, c.company_code): c for c in contracts}
        if not len(self._by_town) == len(self._by_codes) == len(contracts):
            raise ContractsUnreadable("two contracts share a municipality or their codes")

    def of(self, municipality: str) -> Contract:
        """Return a municipality's contract; KeyError if there is none (a bug: rows come from
        contracts).
        """
        return self._by_town[municipality]

    def knows(self, municipality: str) -> bool:
        """Say whether there is a contract with a municipality."""
        return municipality in self._by_town

    def by_codes(self, maker_code: str, company_code: str) -> Contract | None:
        """Return the contract whose slips bear these codes, or None."""
        return self._by_codes.get((maker_code, company_code))

    def __iter__(self) -> Iterator[Contract]:
        """Walk the contracts in the order of municipality codes."""
        return iter(sorted(self._by_town.values(), key=lambda c: c.municipality))


def load_contracts(text: str) -> Contracts:
    """Read the contracts file: a JSON list with one object per municipality.

    Raises ContractsUnreadable naming the entry (from 1) and the field.
    """
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise ContractsUnreadable("the contracts file is not JSON") from error
    if not isinstance(entries, list) or not entries:
        raise ContractsUnreadable("the contracts file is a list with an object per municipality")
    return Contracts(tuple(_contract(entry, place) for place, entry in enumerate(entries, start=1)))


def _contract(entry: object, place: int) -> Contract:
    if not isinstance(entry, dict):
        raise ContractsUnreadable(f"contract {place} is no object")
    read = _Entry(entry, place)
    return Contract(
        municipality=read.digits("municipality", 6),
        name_kana=read.text("name_kana"),
        maker_code=read.digits("maker_code", 6),
        company_code=read.digits("company_code", 5),
        agent_company_code=read.digits("agent_company_code", 5),
        remitter_code=read.digits("remitter_code", 10),
        remitter_name_kana=read.text("remitter_name_kana"),
        confirm_business_days=read.number("confirm_business_days"),
        transfer_business_days=read.number("transfer_business_days"),
        fee_table=read.fee_tables("fee_table"),
        item_fee_yen=Yen(read.number("item_fee_yen")),
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """One object of the file, read field by field; every complaint names the field."""

    entry: Mapping[str, object]
    place: int

    def wrong(self, name: str, wanted: str) -> ContractsUnreadable:
        return ContractsUnreadable(f"contract {self.place}: {name} must be {wanted}")

    def text(self, name: str) -> str:
        value = self.entry.get(name)
        if not isinstance(value, str) or not value:
            raise self.wrong(name, "text")
        return value

    def digits(self, name: str, width: int) -> str:
        value = self.text(name)
        if len(value) != width or not (value.isascii() and value.isdigit()):
            raise self.wrong(name, f"{width} digits")
        return value

    def number(self, name: str) -> int:
        return self.whole(self.entry.get(name), name)

    def whole(self, value: object, name: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.wrong(name, "a whole number, at least 1")
        return value

    def fee_tables(self, name: str) -> tuple[FeeTable, ...]:
        tables = self.entry.get(name)
        if not isinstance(tables, list) or not tables:
            raise self.wrong(name, "a list of fee tables")
        return tuple(self.fee_table(table, name) for table in tables)

    def fee_table(self, table: object, name: str) -> FeeTable:
        wanted = "tables of {from, steps: [[up_to_yen, fee_yen]], further_10000_yen}, steps rising"
        if not isinstance(table, dict):
            raise self.wrong(name, wanted)
        try:
            first_day = date.fromisoformat(table["from"])
            steps = tuple((up_to, fee) for up_to, fee in table["steps"])
            further = self.whole(table["further_10000_yen"], name)
        except (KeyError, TypeError, ValueError) as error:
            raise self.wrong(name, wanted) from error
        limits = [self.whole(up_to, name) for up_to, _ in steps]
        if not steps or limits != sorted(set(limits)):
            raise self.wrong(name, wanted)
        return FeeTable(first_day, tuple((u, self.whole(f, name)) for u, f in steps), further)
