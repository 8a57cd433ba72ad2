"""`mesh differences`: where provider and card agent do not agree, and what is done about it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.complaints import Complaint
from deploy.cli.console import OUT, say_json, say_lines, yen
from deploy.cli.options import HomeOption, JsonOption, with_access
from deploy.cli.undo import demand_id

if TYPE_CHECKING:
    from deploy.installation import Installation
    from shared.wire.differences import DifferenceArrows, DifferenceView
    from simulation.access import Access
    from simulation.books import Books

NOT_FOUND = "difference_not_found"
_DOCUMENT = re.compile(r"[0-9A-Za-z-]{1,32}")


class Way(StrEnum):
    """How a difference can be resolved."""

    UNDO = "undo"
    BOOK = "book"
    CANCEL = "cancel"
    EXPLAINED = "explained"


AllOption = Annotated[bool, typer.Option("--all", help="Those that are resolved, too.")]
DifferenceArgument = Annotated[str, typer.Argument(metavar="ID", help="The difference's id.")]
WayOption = Annotated[
    Way,
    typer.Option(
        "--way",
        help="undo a commission without a payment; book it, after the agent's close; cancel a"
        " receipt without a commission; explained: nothing is done.",
    ),
]
DocumentOption = Annotated[
    str, typer.Option("--document", help="The number of the paper that decides it.")
]


def list_differences(
    home: HomeOption = None,
    *,
    all_of_them: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the card payments on which the two books do not agree, as each of the two sees them.

    Example: mesh differences list --all
    """

    async def work(_: Installation, access: Access, __: Books) -> list[dict[str, Any]]:
        return await _found(access, None if all_of_them else "open")

    found = with_access(home, work)
    if as_json:
        say_json(found)
        return
    if not found:
        OUT.print("The books of provider and card agent agree.")
        return
    heading = ("AT", "DIFFERENCE", "AUTHORISATION", "KIND", "DAY", "OURS", "THEIRS", "STATE", "WAY")
    say_lines(heading, [_row(each) for each in found])


def resolve(
    difference: DifferenceArgument,
    way: WayOption,
    document: DocumentOption,
    home: HomeOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Resolve a difference at the organisation that found it. The same command again is safe.

    Example: mesh differences resolve 0f9c2d1e-4b7a-4c55-9d0e-2f6a1b3c4d5e --way undo --document
    2025-117
    """
    difference_id = demand_id(difference)
    if not _DOCUMENT.fullmatch(document):
        raise Complaint("malformed_document", "A document's number has 1 to 32 of 0-9A-Za-z and -")

    async def work(_: Installation, access: Access, __: Books) -> dict[str, Any]:
        return await _resolve(access, difference_id, way, document)

    done = with_access(home, work)
    if as_json:
        say_json(done)
    else:
        OUT.print(f"{done['state']} by {done['way']} ({done['document_number']})", highlight=False)


def _organisations() -> dict[str, DifferenceArrows]:
    from shared.wire.differences import AT_CARD_AGENT, AT_PROVIDER
    from shared.wire.doors import CARD_AGENT, PAYMENT_PROVIDER

    return {PAYMENT_PROVIDER: AT_PROVIDER, CARD_AGENT: AT_CARD_AGENT}


async def _found(access: Access, state: str | None) -> list[dict[str, Any]]:
    """Return both sides' differences, all pages, the provider's first."""
    found = []
    for organisation, arrows in _organisations().items():
        query: dict[str, str] = {"state": state} if state else {}
        while True:
            page = await access.operate(arrows.list_differences, query=query)
            found += [_fields(organisation, each) for each in page.differences]
            if page.next_after is None:
                break
            query = query | {"after": str(page.next_after)}
    return found


async def _resolve(access: Access, difference_id: str, way: Way, document: str) -> dict[str, Any]:
    """Ask each organisation in turn; the one that has no such difference passes it on."""
    from shared.kit.peer import PeerRefused
    from shared.wire.differences import ResolveDifference

    body = ResolveDifference.model_validate({"way": way.value, "document_number": document})
    for organisation, arrows in _organisations().items():
        try:
            resolved = await access.operate(
                arrows.resolve_difference, body, difference_id=difference_id
            )
        except PeerRefused as refusal:
            if refusal.code != NOT_FOUND:
                raise
        else:
            return _fields(organisation, resolved)
    raise Complaint(NOT_FOUND, "Neither organisation knows it; `mesh differences list` shows them")


def _fields(organisation: str, view: DifferenceView) -> dict[str, Any]:
    return {"organisation": organisation, **view.model_dump(mode="json")}


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    ours, theirs = each["our_yen"], each["their_yen"]
    return (
        each["organisation"],
        each["difference_id"],
        each["authorisation_id"],
        each["kind"],
        each["day"],
        "-" if ours is None else yen(ours),
        "-" if theirs is None else yen(theirs),
        each["state"],
        each["way"] or "-",
    )
