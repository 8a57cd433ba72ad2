"""Small books of an invented ward for the pure tests, by hand or at random."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from services.ward_gateway.domain.clearings import Claim, LiveReceipt, SlipItem
from services.ward_gateway.domain.deposits import Deposit, net_of_reversals
from services.ward_gateway.domain.heaps import Books
from services.ward_gateway.domain.matching import match_channels
from services.ward_gateway.domain.receipts import ReceiptState
from shared.kit.money import Yen

NOON = datetime(2025, 7, 1, 3, 0, tzinfo=UTC)
DUE = date(2025, 6, 30)
TRANSFER = date(2025, 7, 4)
CHANNELS = ("mobile_banking", "mobile_credit", "payeasy")


def an_id(number: int) -> UUID:
    return UUID(int=number)


def a_claim(number: int = 1, yen: int = 1000, due: date = DUE) -> Claim:
    return Claim(
        id=an_id(number),
        notice_number=f"{number:09d}",
        fiscal_year=2025,
        instalment=1,
        due_date=due,
        amount_yen=Yen(yen),
        support_yen=Yen(yen * 2 // 10),
        care_yen=Yen(yen // 10),
        child_yen=Yen(0),
    )


def a_receipt(
    number: int,
    *,
    slip: int | None = 1,
    yen: int = 1000,
    minutes: int = 0,
    channel: str = "payeasy",
    state: ReceiptState = ReceiptState.CONFIRMED,
    transfer: date | None = TRANSFER,
    funded: int = 0,
) -> LiveReceipt:
    preliminary = state is ReceiptState.PRELIMINARY
    return LiveReceipt(
        id=an_id(1000 + number),
        identity=f"{channel}/{number:04d}",
        channel=channel,
        state=state,
        slip_id=None if slip is None else an_id(100 + slip),
        amount_yen=Yen(yen),
        paid_at=NOON + timedelta(minutes=minutes),
        transfer_date=None if preliminary else transfer,
        funded_yen=Yen(funded),
    )


def a_deposit(
    number: int,
    *,
    yen: int = 1000,
    day: date = TRANSFER,
    channel: str | None = "payeasy",
    cancelled: bool = False,
    reference: int | None = None,
) -> Deposit:
    return Deposit(
        id=an_id(5000 + number),
        value_date=day,
        reference=f"{reference or number:06d}",
        remitter_code="0000000001",
        remitter_name_kana="ﾃｽﾄ",
        channel=channel,
        cancelled=cancelled,
        amount_yen=Yen(yen),
        source_line=number + 1,
    )


def items_for(*claims: Claim) -> dict[UUID, list[SlipItem]]:
    """One slip for each claim: slip 101 pays claim 1, and so on."""
    return {an_id(100 + c.id.int): [SlipItem(c.id, c.amount_yen)] for c in claims}


def books_of(
    claims: list[Claim],
    receipts: list[LiveReceipt],
    deposits: list[Deposit],
    items: dict[UUID, list[SlipItem]] | None = None,
) -> Books:
    """Match everything, as reconcile does, and return the books after it."""
    netted = net_of_reversals(deposits)
    matched: dict[UUID, int] = {}
    funded: dict[UUID, int] = {}
    for matching in match_channels(
        [r for r in receipts if r.state is not ReceiptState.PRELIMINARY], netted.standing
    ):
        for row in matching.fundings:
            funded[row.receipt_id] = funded.get(row.receipt_id, 0) + row.yen
            matched[row.deposit_id] = matched.get(row.deposit_id, 0) + row.yen
    return Books(
        claims=claims,
        items=items_for(*claims) if items is None else items,
        receipts=[_with_money(r, funded.get(r.id, 0)) for r in receipts],
        standing=netted.standing,
        reversed=netted.reversed,
        matched_yen=matched,
    )


def _with_money(receipt: LiveReceipt, yen: int) -> LiveReceipt:
    whole = yen == receipt.amount_yen and receipt.state is ReceiptState.CONFIRMED
    return LiveReceipt(
        **{name: getattr(receipt, name) for name in LiveReceipt.__slots__}
        | {"funded_yen": Yen(yen), "state": ReceiptState.FUNDED if whole else receipt.state}
    )


@dataclass(frozen=True)
class Drawn:
    """Random books before matching."""

    claims: list[Claim]
    items: dict[UUID, list[SlipItem]]
    receipts: list[LiveReceipt]
    deposits: list[Deposit]


DAYS = (date(2025, 7, 4), date(2025, 7, 10))
YEN = st.integers(min_value=1, max_value=5000)


@st.composite
def drawn_books(draw: st.DrawFn) -> Drawn:
    """Claims with a slip each and one lump-sum slip; receipts on slips known and unknown."""
    amounts = draw(st.lists(st.integers(min_value=0, max_value=5000), min_size=1, max_size=4))
    dues = draw(st.lists(st.sampled_from((DUE, date(2025, 7, 31))), min_size=4, max_size=4))
    claims = [a_claim(n, yen, dues[n - 1]) for n, yen in enumerate(amounts, start=1)]
    items = items_for(*claims)
    items[an_id(199)] = [SlipItem(c.id, c.amount_yen) for c in claims]
    slips = [None, 98, 99, *range(1, len(claims) + 1)]
    receipts = [
        a_receipt(
            number,
            slip=draw(st.sampled_from(slips)),
            yen=draw(YEN),
            minutes=draw(st.integers(min_value=0, max_value=2)),
            channel=draw(st.sampled_from(CHANNELS)),
            state=draw(st.sampled_from((ReceiptState.PRELIMINARY, ReceiptState.CONFIRMED))),
            transfer=draw(st.sampled_from(DAYS)),
        )
        for number in range(draw(st.integers(min_value=0, max_value=8)))
    ]
    deposits = [
        a_deposit(
            number,
            yen=draw(YEN),
            day=draw(st.sampled_from(DAYS)),
            channel=draw(st.sampled_from((*CHANNELS, None))),
        )
        for number in range(1, draw(st.integers(min_value=0, max_value=6)) + 1)
    ]
    return Drawn(claims, items, receipts, deposits)
