"""What the centre should hold of a key, and what must be asked of it so that it does.

Pure, and the only place where this is decided: the gateway asks it with its own rows, the layout
conversion with two files. Knows no file, no store and no key's digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple
from uuid import UUID

from services.ward_gateway.domain.bills import DeleteReason
from services.ward_gateway.domain.slips import Slip, SlipState


class OrderKind(IntEnum):
    """処理区分 of the record that an order becomes (DOMAIN §2.7)."""

    ADD = 1
    CHANGE = 2
    DELETE = 3


class OrderOutcome(StrEnum):
    """How an order ended. One without an outcome is open, and a slip has at most one of those."""

    HELD = "held"  # the centre holds the key as told
    CLOSED = "closed"  # the centre does not hold it any more
    PAID = "paid"  # E130: it was paid there; the ward refunds what is too much
    ASK_AGAIN = "ask_again"  # E140: an inquiry was open; what still differs is ordered anew
    REFUSED = "refused"  # anything else: nothing more is ordered until a clerk says so
    NOT_NEEDED = "not_needed"  # its cause was gone before it was sent


class KeyStanding(NamedTuple):
    """What the ward knows of one slip's key; every field is a fact, none a decision.

    told: the centre has held it at some time. nothing_owed: a claim of the slip is cancelled or
    0 yen. paid_elsewhere: a claim is paid in full (消込) by anything but this key. superseded:
    another slip replaced it, or a claim is not what is printed; asks_more: than is owed now.
    paid_at_centre: a live Pay-easy receipt stands on it, or the centre says so (E130). differs:
    due date, 調定年度, 科目 or kana are not as told. open_kind: of the order without an outcome,
    in_file: it stands in a billing file. refused: the last record or its file was refused.
    """

    state: SlipState
    told: bool = False
    nothing_owed: bool = False
    paid_elsewhere: bool = False
    by_slip: bool = True
    superseded: bool = False
    asks_more: bool = False
    paid_at_centre: bool = False
    differs: bool = False
    open_kind: OrderKind | None = None
    in_file: bool = False
    refused: bool = False

    @property
    def gone(self) -> DeleteReason | None:
        """Return why this key may not be payable any more, or None."""
        claim = why_claim_gone(
            nothing_owed=self.nothing_owed,
            paid_elsewhere=self.paid_elsewhere,
            by_slip=self.by_slip,
        )
        return claim or why_key_gone(superseded=self.superseded, asks_more=self.asks_more)

    @property
    def live(self) -> bool:
        """Say whether the centre holds the key, as far as it has told us."""
        return self.state is SlipState.HELD


class Wanted(NamedTuple):
    """What to ask of the centre; reason only with a delete."""

    kind: OrderKind
    reason: DeleteReason | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What planning does with one slip, in this order; all of it may be nothing.

    drop_open: an order that no file holds; give_up: one in a file that was refused.
    """

    drop_open: bool = False
    give_up: bool = False
    close_slip: bool = False
    order: Wanted | None = None


NOTHING = Step()


def why_claim_gone(
    *, nothing_owed: bool, paid_elsewhere: bool, by_slip: bool
) -> DeleteReason | None:
    """Return why no key of a claim may be payable: 2, else 1, else 3, else None (DOMAIN §2.7)."""
    if nothing_owed:
        return DeleteReason.REDUCED_OR_CANCELLED
    if paid_elsewhere:
        return DeleteReason.PAID_ELSEWHERE
    return None if by_slip else DeleteReason.DIRECT_DEBIT


def why_key_gone(*, superseded: bool, asks_more: bool) -> DeleteReason | None:
    """Return why a key of a claim that is still payable by slip must go: 2 if it asks for more."""
    if not superseded:
        return None
    return DeleteReason.REDUCED_OR_CANCELLED if asks_more else DeleteReason.REISSUED


def wanted_of(
    *, live: bool, gone: DeleteReason | None, differs: bool, paid_at_centre: bool
) -> Wanted | None:
    """Return the one record that makes the centre right about a key, None if it is right.

    A key that was paid at the centre is left alone: it would refuse (E130).
    """
    if paid_at_centre:
        return None
    if gone is not None:
        return Wanted(OrderKind.DELETE, gone) if live else None
    if not live:
        return Wanted(OrderKind.ADD)
    return Wanted(OrderKind.CHANGE) if differs else None


def wanted_now(standing: KeyStanding, *, changes: bool = True) -> Wanted | None:
    """Return what is wanted of a slip's key, whatever was ordered already.

    changes: False where the ward does not build the third function (業務運用次第では構築不要):
    then the centre is told of each key once, and never of a change.
    """
    wanted = wanted_of(
        live=standing.live,
        gone=standing.gone,
        differs=standing.differs,
        paid_at_centre=standing.paid_at_centre,
    )
    first = wanted == Wanted(OrderKind.ADD) and not standing.told
    return wanted if changes or first else None


def step_of(standing: KeyStanding, *, changes: bool = True) -> Step:
    """Return what planning does with a slip; after it, planning again does nothing.

    What stands in a file waits for its answer. An open order whose cause is gone is dropped; a key
    that was never sent and may not be is closed. What was refused waits for a clerk, unless its
    file was refused and nothing is wanted any more: a clerk would have nothing to ask.
    """
    wanted = wanted_now(standing, changes=changes)
    dead = standing.gone is not None and not standing.paid_at_centre
    close_slip = standing.state is SlipState.ISSUED and dead
    if standing.in_file or standing.refused:
        ended = standing.in_file and standing.refused and wanted is None
        return Step(give_up=True, close_slip=close_slip) if ended else NOTHING
    kept = wanted is not None and wanted.kind is standing.open_kind
    return Step(
        drop_open=standing.open_kind is not None and not kept,
        close_slip=close_slip,
        order=None if kept else wanted,
    )


def is_unwanted(standing: KeyStanding, *, changes: bool = True) -> bool:
    """Say whether a record that waits in a file is not what is wanted any more."""
    wanted = wanted_now(standing, changes=changes)
    return standing.in_file and (wanted is None or wanted.kind is not standing.open_kind)


def outcome_of(kind: OrderKind, error_code: str, *, told_before: bool) -> OrderOutcome:
    """Return how an order ends by the centre's answer; error_code "": done (DOMAIN §2.7).

    told_before: the centre has been told, and took, the very same of this key: then a live key
    (E110) is ours and as we want it.
    """
    if error_code == "":
        return OrderOutcome.CLOSED if kind is OrderKind.DELETE else OrderOutcome.HELD
    if error_code == "E130":
        return OrderOutcome.PAID
    return {
        (OrderKind.ADD, "E110"): OrderOutcome.HELD if told_before else OrderOutcome.REFUSED,
        (OrderKind.DELETE, "E120"): OrderOutcome.CLOSED,
        (OrderKind.CHANGE, "E140"): OrderOutcome.ASK_AGAIN,
    }.get((kind, error_code), OrderOutcome.REFUSED)


@dataclass(frozen=True, slots=True)
class OrderedRecord:
    """An order in its place in a file, with everything that its record says.

    slip: its due date is the one to tell; assessment_id is its first claim.
    """

    record_seq: int
    kind: OrderKind
    reason: DeleteReason | None
    slip: Slip
    assessed_year: int
    account_code: str
    payer_name_kana: str


@dataclass(frozen=True, slots=True)
class SentOrder:
    """An order in a file that was sent, as its answer finds it; outcome None: not answered yet."""

    id: int
    slip_id: UUID
    record_seq: int
    kind: OrderKind
    payment_number: str
    outcome: OrderOutcome | None
    told_before: bool


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """What the centre says of one record: error_code "" if it was done, with or without remark."""

    file_sequence: int
    record_seq: int
    kind: OrderKind
    payment_number: str
    error_code: str
    processed_at: datetime
