"""`mesh undo`: an accepted payment taken back, for a fault of the provider or its peer alone."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.complaints import Complaint
from deploy.cli.console import OUT, say_json
from deploy.cli.options import HomeOption, JsonOption, with_access

if TYPE_CHECKING:
    from deploy.installation import Installation
    from simulation.access import Access
    from simulation.books import Books

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
REFUSED = "refused"


class Fault(StrEnum):
    """Nothing else is a reason to undo a payment."""

    DOUBLE_AUTHORISATION = "double-authorisation"
    ANSWER_LOST = "answer-lost"


PaymentArgument = Annotated[str, typer.Argument(metavar="PAYMENT", help="The payment's id.")]
FaultOption = Annotated[Fault, typer.Option("--fault", help="What went wrong.")]


def undo(
    payment: PaymentArgument,
    fault: FaultOption,
    home: HomeOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Undo a payment by app before its 確報: its slip can be paid again, and a 速報取消 follows.

    Exit code 0 if it is undone or being undone (`mesh clock advance` asks again), 1 if the peer
    refuses. The same command again is safe.

    Example: mesh undo 0f9c2d1e-4b7a-4c55-9d0e-2f6a1b3c4d5e --fault double-authorisation
    """
    payment_id = demand_id(payment)

    async def work(_: Installation, access: Access, __: Books) -> dict[str, Any]:
        from shared.wire.differences import UNDO_PAYMENT, UndoPayment

        body = UndoPayment.model_validate({"fault": fault.value.replace("-", "_")})
        answer = await access.operate(UNDO_PAYMENT, body, payment_id=payment_id)
        return answer.model_dump(mode="json")

    done = with_access(home, work)
    if as_json:
        say_json(done)
    else:
        reason = f" ({done['reason']})" if done["reason"] else ""
        OUT.print(f"{done['state']}{reason}\nmesh explain {payment_id}", highlight=False)
    raise typer.Exit(1 if done["state"] == REFUSED else 0)


def demand_id(text: str) -> str:
    """Return an id as it is asked with, or complain malformed_id."""
    text = text.strip().lower()
    if not _UUID.fullmatch(text):
        raise Complaint("malformed_id", "An id has 32 hex digits in five groups")
    return text
