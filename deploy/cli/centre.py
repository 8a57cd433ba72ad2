"""`mesh centre`: what the centre's operator decides, and what waits for a clerk there."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from deploy.cli.clock import instant_of
from deploy.cli.complaints import Complaint
from deploy.cli.console import OUT, say_json, say_lines
from deploy.cli.options import HomeOption, JsonOption, with_access

if TYPE_CHECKING:
    from deploy.installation import Installation
    from shared.kit.arrow import Wire
    from shared.wire.centre_operation import CentreException, KeyUnlocked
    from simulation.access import Access
    from simulation.books import Books

    W = TypeVar("W", bound=Wire)


class Reason(StrEnum):
    """Why a key is unlocked; a code, for no free text goes to the centre."""

    PAYER_IDENTIFIED = "payer_identified"
    BANK_CONFIRMED = "bank_confirmed"
    WARD_ASKED = "ward_asked"


PaymentArgument = Annotated[
    str, typer.Argument(metavar="PAYMENT_NUMBER", help="納付番号, 16 to 20 digits.")
]
InstitutionOption = Annotated[str, typer.Option("--institution", help="収納機関番号, 5 digits.")]
CategoryOption = Annotated[str, typer.Option("--category", help="納付区分, 3 digits.")]
BankOption = Annotated[str, typer.Option("--bank", help="The bank's code, 4 digits.")]
ReasonOption = Annotated[Reason, typer.Option("--reason", help="What the unlocking rests on.")]
DocumentOption = Annotated[
    str, typer.Option("--document", help="The paper on which that stands, by its number.")
]
TownOption = Annotated[
    str | None, typer.Option("--municipality", help="Six digits; without it: every ward.")
]
FromArgument = Annotated[
    str, typer.Argument(metavar="FROM", help="ISO 8601; without an offset: Tokyo time.")
]
UntilArgument = Annotated[str, typer.Argument(metavar="UNTIL", help="As FROM; 7 days at most.")]


def unlock(
    payment_number: PaymentArgument,
    *,
    bank: BankOption,
    reason: ReasonOption,
    document: DocumentOption,
    institution: InstitutionOption = "13104",
    category: CategoryOption = "341",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Unlock a key that a bank's wrong confirmation numbers have locked for the day.

    Example: mesh centre unlock 125011234567890024 --bank 0001 --reason payer_identified
    --document 2025-0042
    """

    async def work(_: Installation, access: Access, __: Books) -> KeyUnlocked:
        from shared.wire.centre_operation import UNLOCK_KEY, UnlockKey

        question = _body(
            UnlockKey,
            institution_number=institution,
            payment_number=payment_number,
            category=category,
            bank_code=bank,
            reason=reason.value,
            document_number=document,
        )
        return await access.operate(UNLOCK_KEY, question)

    done = with_access(home, work)
    if as_json:
        say_json(done.model_dump(mode="json"))
    else:
        _say(f"{done.wrong_numbers} wrong numbers forgotten: the key is free again.")


def outage(
    starts: FromArgument,
    ends: UntilArgument,
    *,
    municipality: TownOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan hours in which inquiries are answered 91; money is taken all the same.

    The same start once more moves the end.

    Example: mesh centre outage 2025-06-15T01:00 2025-06-15T05:00
    """
    starts_at, ends_at = instant_of(starts, "FROM"), instant_of(ends, "UNTIL")

    async def work(_: Installation, access: Access, __: Books) -> dict[str, Any]:
        from shared.wire.centre_operation import PLAN_OUTAGE, PlanOutage

        question = _body(
            PlanOutage, municipality=municipality, starts_at=starts_at, ends_at=ends_at
        )
        planned = await access.operate(PLAN_OUTAGE, question)
        return planned.model_dump(mode="json")

    done = with_access(home, work)
    if as_json:
        say_json(done)
    else:
        _say(f"Inquiries of {municipality or 'every ward'} are 91 from {starts} until {ends}.")


def down(home: HomeOption = None, *, as_json: JsonOption = False) -> None:
    """Let the centre fail: every telegram is answered 90 and nothing is recorded (sandbox).

    Example: mesh centre down
    """
    _set_down(home, down=True, as_json=as_json)


def up(home: HomeOption = None, *, as_json: JsonOption = False) -> None:
    """Let the centre come back.

    Example: mesh centre up
    """
    _set_down(home, down=False, as_json=as_json)


def exceptions(home: HomeOption = None, *, as_json: JsonOption = False) -> None:
    """List what a clerk of the centre must look at.

    Example: mesh centre exceptions --json
    """

    async def work(_: Installation, access: Access, __: Books) -> list[CentreException]:
        from shared.wire.centre_operation import LIST_CENTRE_EXCEPTIONS
        from simulation.verdict import read_all

        return await read_all(
            lambda query: access.operate(LIST_CENTRE_EXCEPTIONS, query=query),
            lambda page: page.exceptions,
        )

    found = sorted(with_access(home, work), key=lambda each: (each.opened_at, each.subject))
    if as_json:
        say_json([each.model_dump(mode="json") for each in found])
        return
    if not found:
        _say("Nothing waits for a clerk of the centre.")
        return
    from shared.kit.clock import TOKYO

    rows = [
        (
            f"{each.opened_at.astimezone(TOKYO):%Y-%m-%d %H:%M}",
            each.municipality or "-",
            each.code,
            each.subject,
        )
        for each in found
    ]
    say_lines(("OPENED (TOKYO)", "WARD", "CODE", "SUBJECT"), rows)


def _set_down(home: Path | None, *, down: bool, as_json: bool) -> None:
    async def work(_: Installation, access: Access, __: Books) -> bool:
        from shared.wire.centre_operation import CENTRE_DOWN, CentreDown

        return (await access.operate(CENTRE_DOWN, CentreDown(down=down))).down

    is_down = with_access(home, work)
    if as_json:
        say_json({"down": is_down})
    else:
        _say("The centre fails: every telegram is 90." if is_down else "The centre answers again.")


def _body(question: type[W], **values: object) -> W:
    """Make a question of what was typed; what does not fit its contract is named."""
    from pydantic import ValidationError

    try:
        return question.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Complaint("malformed_argument", f"{field}: {first['msg']}") from error


def _say(line: str) -> None:
    OUT.print(line, highlight=False, markup=False, soft_wrap=True)
