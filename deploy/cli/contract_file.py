"""What a billing file is made under: the contract's numbers and keys, from a file or from the home.

Knows the text of the ward's contract file; its keys go no further than the functions made here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.complaints import Complaint
from deploy.cli.opened_files import day_of, seal_key

if TYPE_CHECKING:
    from deploy.home import Home
    from services.ward_gateway.usecases.build_billing_record import BillingTerms
    from services.ward_gateway.usecases.convert_assessments import WriteBilling

CONTRACT_FILE = "contracts-ward_gateway.json"
ContractOption = Annotated[
    Path | None,
    typer.Option("--contract", help="The ward's contract file, with its keys; else the home's."),
]


@dataclass(frozen=True)
class Terms:
    """What the command line said about a billing file."""

    contract: Path | None
    home: Home
    key_file: Path | None
    sequence: int | None
    effective_from: str | None
    made_at: str | None
    with_names: bool


@dataclass(frozen=True)
class Made:
    """The terms of a billing file, and the two functions that hold the contract's keys."""

    terms: BillingTerms
    confirm: Callable[[str], str]
    write: WriteBilling


def terms_of(said: Terms) -> Made:
    """Return all that a billing file needs; Complaint or wrong usage for what is missing."""
    from services.ward_gateway.usecases.build_billing_record import BillingTerms
    from shared.files.billing import stream_billing
    from shared.files.seals import demand_key
    from shared.keys.payment_number import confirmation_number

    if said.sequence is None:
        raise typer.BadParameter("a billing file has a number", param_hint="--sequence")
    if said.effective_from is None:
        message = "a billing file says from when its keys may be asked for"
        raise typer.BadParameter(message, param_hint="--effective-from")
    contract = _contract(said.contract or said.home.secret(CONTRACT_FILE))
    key = seal_key(said.key_file, said.home) if said.key_file else None
    try:
        terms = BillingTerms(
            institution_number=contract["institution_number"],
            category=contract["category"],
            institution_name_kana=contract["name_kana"],
            file_sequence=said.sequence,
            made_at=_made_at(said.made_at),
            effective_from=day_of(said.effective_from, "--effective-from"),
            with_names=said.with_names,
        )
        confirm = partial(
            confirmation_number,
            demand_key(bytes.fromhex(contract["confirmation_key_hex"])),
            digits=contract["confirmation_digits"],
        )
        confirm("0" * 18)  # what its digits cannot be is said now, not in the middle of a file
        tamper_key = key or demand_key(bytes.fromhex(contract["tamper_key_hex"]))
    except (KeyError, TypeError, ValueError) as error:
        # The error may hold a key; only its kind goes on.
        detail = f"The contract file does not say what a ward must know ({type(error).__name__})"
        raise Complaint("contract_unreadable", detail) from None
    return Made(terms, confirm, partial(stream_billing, key=tamper_key))


def _contract(path: Path) -> dict[str, Any]:
    try:
        loaded = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        detail = (
            f"{path} is not there: --contract names the ward's contract file"
            " (institution_number, category, name_kana, confirmation_key_hex, confirmation_digits,"
            " tamper_key_hex); `mesh up` makes one in its home"
        )
        raise Complaint("contract_needed", detail) from error
    except (OSError, ValueError) as error:
        raise Complaint("contract_unreadable", f"{path} is no readable JSON") from error
    if not isinstance(loaded, dict):
        raise Complaint("contract_unreadable", f"{path} does not hold one object")
    return loaded


def _made_at(text: str | None) -> datetime:
    from shared.kit.clock import TOKYO, machine_now

    if text is None:
        return machine_now()
    try:
        # Strictly so: an offset would be thrown away, and a day alone would become midnight.
        return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=TOKYO)
    except ValueError as error:
        message = "a time is YYYY-MM-DDTHH:MM, in Tokyo"
        raise typer.BadParameter(message, param_hint="--made-at") from error
