"""What this ward has agreed with its three partners, and its keys, each in a class of its own.

Knows the text of the contracts file, not where it stands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from shared.keys.channels import Channel
from shared.keys.payment_number import CONFIRMATION_DIGITS_MAX, CONFIRMATION_DIGITS_MIN
from shared.keys.regimes import TRUSTEE_LAW_FROM, trustee_from_of
from shared.kit.money import Yen

PAYING_CHANNELS = (Channel.MOBILE_BANKING, Channel.MOBILE_CREDIT, Channel.PAYEASY)
REMITTING_CHANNELS = (*PAYING_CHANNELS, Channel.BANK_COUNTER)  # the last sends paper, no 計算書
REMITTER_CODE_DIGITS = 10
CLIENT_CODE_DIGITS = 10


class ContractsUnreadable(ValueError):  # noqa: N818 - named as a fact
    """The contracts file does not say what a ward must know; names the field, never its value."""


@dataclass(frozen=True)
class ContractKeys:
    """The secrets of the contract: seen by resources alone, never printed."""

    confirmation: bytes = field(repr=False)
    tamper: bytes = field(repr=False)


@dataclass(frozen=True)
class WardContract:
    """The agreed numbers of one ward; remitters: 振込依頼人コード -> the channel whose money it is.

    slip_limit_days and slip_limit_latest (month, day of the following year) make the 取扱期限:
    current-year slips end before 31 May minus the channel's lag (BOOKS §1.1). trustee_from: the
    first day of the card agent as 指定納付受託者, None if it never was one (BOOKS §1.2).
    pay_in_statements_from: the first 払込日 whose money brings a 計算書, by channel (BOOKS §1.12).
    item_fees_yen: what the ward pays for each receipt of a channel. debit_client_code: 委託者コード
    of the premium's direct debits, None if no bank debits for this ward.
    """

    municipality: str
    name_kana: str
    maker_code: str
    company_code: str
    institution_number: str
    category: str
    confirmation_digits: int
    remitters: Mapping[str, str]
    slip_limit_days: int
    slip_limit_latest: tuple[int, int]
    trustee_from: date | None = TRUSTEE_LAW_FROM
    pay_in_statements_from: Mapping[str, date] = field(default_factory=dict)
    item_fees_yen: Mapping[str, Yen] = field(default_factory=dict)
    debit_client_code: str | None = None

    def slip_limit_date(self, due_date: date, fiscal_year: int) -> date:
        """Return the 取扱期限 by the contract's rule; never before the due date."""
        latest = date(fiscal_year + 1, *self.slip_limit_latest)
        return max(due_date, min(due_date + timedelta(days=self.slip_limit_days), latest))


def load_contract(text: str) -> tuple[WardContract, ContractKeys]:
    """Read the contracts file: one JSON object, or a list that holds exactly one; keys apart.

    Raises ContractsUnreadable, which names the field that is missing or malformed.
    """
    entry = _only_entry(text)
    keys = ContractKeys(_key(entry, "confirmation_key_hex"), _key(entry, "tamper_key_hex"))
    contract = WardContract(
        municipality=_digits(entry, "municipality", 6),
        name_kana=_text(entry, "name_kana"),
        maker_code=_digits(entry, "maker_code", 6),
        company_code=_digits(entry, "company_code", 5),
        institution_number=_digits(entry, "institution_number", 5),
        category=_digits(entry, "category", 3),
        confirmation_digits=_confirmation_digits(entry),
        remitters=_remitters(entry),
        slip_limit_days=_number(entry, "slip_limit_days"),
        slip_limit_latest=_month_day(entry, "slip_limit_latest_month_day"),
        trustee_from=_trustee_from(entry),
        pay_in_statements_from=_pay_in_statements_from(entry),
        item_fees_yen=_item_fees_yen(entry),
        debit_client_code=_debit_client_code(entry),
    )
    return contract, keys


def _only_entry(text: str) -> Mapping[str, object]:
    try:
        loaded = json.loads(text)
    except ValueError as error:
        raise ContractsUnreadable("the contracts file is not JSON") from error
    if isinstance(loaded, list) and len(loaded) == 1:
        loaded = loaded[0]
    if not isinstance(loaded, dict):
        raise ContractsUnreadable("the contracts file of a ward holds exactly one object")
    return loaded


def _text(entry: Mapping[str, object], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value:
        raise ContractsUnreadable(f"{name} must be text")
    return value


def _digits(entry: Mapping[str, object], name: str, width: int) -> str:
    value = _text(entry, name)
    if len(value) != width or not (value.isascii() and value.isdigit()):
        raise ContractsUnreadable(f"{name} must be {width} digits")
    return value


def _number(entry: Mapping[str, object], name: str) -> int:
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ContractsUnreadable(f"{name} must be a whole number, at least 1")
    return value


def _confirmation_digits(entry: Mapping[str, object]) -> int:
    digits = _number(entry, "confirmation_digits")
    if not CONFIRMATION_DIGITS_MIN <= digits <= CONFIRMATION_DIGITS_MAX:
        raise ContractsUnreadable("confirmation_digits must be 4 to 6")
    return digits


def _key(entry: Mapping[str, object], name: str) -> bytes:
    try:
        return bytes.fromhex(_text(entry, name))
    except ValueError:
        raise ContractsUnreadable(f"{name} must be hex digits") from None


def _month_day(entry: Mapping[str, object], name: str) -> tuple[int, int]:
    parts = _text(entry, name).split("-")
    try:
        month, day = (int(part) for part in parts)
        date(2001, month, day)  # a year that is no leap year: 29 February is no yearly limit
    except ValueError:
        raise ContractsUnreadable(f"{name} must be MM-DD") from None
    return month, day


def _trustee_from(entry: Mapping[str, object]) -> date | None:
    if "trustee_from" not in entry:
        raise ContractsUnreadable("trustee_from must be a day, or null")
    try:
        return trustee_from_of(entry["trustee_from"])
    except ValueError:
        raise ContractsUnreadable(
            "trustee_from must be a day that the law allows, or null"
        ) from None


def _remitters(entry: Mapping[str, object]) -> Mapping[str, str]:
    found = entry.get("remitters")
    if not isinstance(found, dict) or not found:
        raise ContractsUnreadable("remitters must map remitter codes to channels")
    for code, channel in found.items():
        if len(code) != REMITTER_CODE_DIGITS or not code.isdigit():
            raise ContractsUnreadable("remitters: a remitter code has 10 digits")
        if channel not in REMITTING_CHANNELS:
            raise ContractsUnreadable("remitters: a channel that pays no money to this ward")
    return dict(found)


def _pay_in_statements_from(entry: Mapping[str, object]) -> Mapping[str, date]:
    found = entry.get("pay_in_statements_from")
    if not isinstance(found, dict) or not set(found) <= set(PAYING_CHANNELS):
        raise ContractsUnreadable("pay_in_statements_from must map paying channels to days")
    try:
        return {channel: date.fromisoformat(day) for channel, day in found.items()}
    except (TypeError, ValueError):
        raise ContractsUnreadable(
            "pay_in_statements_from must map paying channels to days"
        ) from None


def _item_fees_yen(entry: Mapping[str, object]) -> Mapping[str, Yen]:
    found = entry.get("item_fees_yen")
    if not isinstance(found, dict) or not set(found) <= set(PAYING_CHANNELS):
        raise ContractsUnreadable("item_fees_yen must map paying channels to yen")
    if any(isinstance(fee, bool) or not isinstance(fee, int) or fee < 1 for fee in found.values()):
        raise ContractsUnreadable("item_fees_yen must be whole yen, at least 1")
    return {channel: Yen(fee) for channel, fee in found.items()}


def _debit_client_code(entry: Mapping[str, object]) -> str | None:
    """Return it, or None for a ward that takes no result files (left out, or null)."""
    if entry.get("debit_client_code") is None:
        return None
    return _digits(entry, "debit_client_code", CLIENT_CODE_DIGITS)
