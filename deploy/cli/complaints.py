"""What the command line says when something is refused: one line, with what to do about it.

Knows every kind of no that a command can meet; an error that is not on its list is a bug of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Complaint(Exception):  # noqa: N818 - it is an answer to a person, not a fault of the machine
    """A command cannot do what it was asked; `code` is stable, `detail` says what to do."""

    def __init__(self, code: str, detail: str) -> None:
        """Keep both."""
        self.code, self.detail = code, detail
        super().__init__(f"{code}: {detail}")


class NotRunningError(Complaint):
    """The mesh of this home is not running."""

    def __init__(self) -> None:
        """Say how to start it."""
        super().__init__("not_running", "The mesh of this home is not running: `mesh up` starts it")


@dataclass(frozen=True)
class Answer:
    """What is shown of a complaint."""

    code: str
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as the document that --json writes."""
        return {"error": {"code": self.code, "detail": self.detail}}

    @property
    def line(self) -> str:
        """Return the one line for stderr."""
        return f"{self.detail} ({self.code})"


NOT_SERVED_YET = {"10", "31"}
HINTS = {
    "amount_over_cap": "a barcode carries up to 300,000 yen; pay this slip by Pay-easy",
    "slip_already_paid": "`mesh slips --unpaid` lists what is still open",
    "slip_past_limit": "the slip's limit date has passed; `mesh slips` shows the dates",
    "bank_days_unknown": "the calendar of bank business days ends too soon; it must be continued",
}


def answer_to(error: Exception) -> Answer | None:
    """Return what to say about an error, or None if it is none of the expected ones."""
    from shared.keys.problems import KeyProblem
    from shared.kit.refusals import Refusal

    if isinstance(error, Complaint | KeyProblem | Refusal):
        return Answer(error.code, error.detail)
    return (
        _of_a_peer(error)
        or _of_those_outside(error)
        or _of_the_installation(error)
        or _of_the_machine(error)
    )


def _of_a_peer(error: Exception) -> Answer | None:
    from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused

    if isinstance(error, PeerRefused):
        return Answer(error.code, error.detail)
    if isinstance(error, PeerNotDone):
        hint = "`mesh status` shows which, HOME/logs why"
        return Answer("peer_not_reached", f"A door does not answer ({error}); {hint}")
    if isinstance(error, PeerOutcomeUnknown):
        hint = "the same command again is safe; `mesh explain ID` shows what was done"
        return Answer("outcome_unknown", f"No usable answer came ({error}); {hint}")
    return None


def _of_those_outside(error: Exception) -> Answer | None:
    from shared.wire.payeasy import RESULTS
    from simulation.banks import TelegramRefusedError
    from simulation.payers import PaymentRefusedError

    if isinstance(error, TelegramRefusedError):
        question, _, result = str(error).partition(": ")
        meaning = RESULTS.get(result, "unknown")
        detail = f"The centre answered the bank's {question} with {result}: {meaning}"
        waits = result in NOT_SERVED_YET
        hint = "; new keys wait for the centre's cut-off: mesh clock advance" if waits else ""
        return Answer(f"payeasy_{result}", detail + hint)
    if isinstance(error, PaymentRefusedError):
        code = str(error)
        hint = f": {HINTS[code]}" if code in HINTS else ""
        return Answer(code, f"The provider refused the payment{hint}")
    return None


def _of_the_installation(error: Exception) -> Answer | None:
    from deploy.home import NotOursError
    from deploy.readiness import NotReadyError
    from deploy.supervisor import AlreadySupervisedError

    if isinstance(error, NotOursError):
        return Answer("not_ours", str(error))
    if isinstance(error, NotReadyError):
        return Answer("not_ready", f"{error}; HOME/logs says why")
    if isinstance(error, AlreadySupervisedError):
        detail = "Another mesh command looks after this home: stop it, or take another --home"
        return Answer("home_in_use", detail)
    return None


def _of_the_machine(error: Exception) -> Answer | None:
    """Name the file that cannot be read or written, or whose content is not what we wrote."""
    from deploy.home import UnreadableFileError
    from shared.kit.calendar import OutsideCalendar

    if isinstance(error, UnreadableFileError):
        return Answer("unreadable_file", str(error))
    if isinstance(error, OutsideCalendar):
        return Answer("outside_calendar", str(error))
    if isinstance(error, OSError) and error.filename is not None:
        reason = (error.strerror or "failed").lower()
        return Answer("file_not_usable", f"{error.filename}: {reason}")
    return None
