"""A payment is undone once, before its 確報, and its slip is free again; the files tell both."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from services.payment_provider.domain.refusals import UndoNotOffered
from services.payment_provider.domain.undos import Fault, TakenBack, UndoState
from services.payment_provider.store.tables import PAYMENT_LISTS, UNDOS
from services.payment_provider.usecases.build_receipts_files import build_receipts_files
from services.payment_provider.usecases.settle_undos import settle_undos
from services.payment_provider.usecases.undo_payment import undo_payment
from shared.files.codes import DataType
from shared.files.mobile_regi_receipts import load_receipts
from shared.keys.channels import Channel
from shared.kit.ids import new_id
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.wire.differences import UNDO_PAYMENT, PaymentUndoing, UndoPayment
from shared.wire.doors import OPERATOR_ARROWS, PAYMENT_PROVIDER
from tests.support.databases import as_written
from tests.unit.services.payment_provider.samples import barcode

ONE, TWO = barcode(1), barcode(2)
P, C, X = DataType.PRELIMINARY, DataType.CONFIRMED, DataType.CANCELLED
UNDOING = r"POST /authorisations/[^/]+/undoing$"


async def undo(provider, payment_id, fault: str = "double_authorisation") -> PaymentUndoing:
    """Ask at the operator door."""
    body = UndoPayment(fault=fault)
    return await provider.operator.ask(UNDO_PAYMENT, body, payment_id=payment_id)


async def _rows(provider, table) -> list:
    async with provider.resources.foundation.engine.connect() as connection:
        return list((await connection.execute(as_written(table))).all())


async def _records(provider) -> list:
    """Return what every file says, in the order of the files."""
    terminal = await provider.terminal()
    found = []
    for file in await terminal.files():
        loaded = load_receipts(await terminal.collect(file))
        assert loaded.problems == []
        found += loaded.records
    return found


async def test_an_undone_payment_is_reported_as_01_and_then_03(provider):
    view = await provider.by_card(ONE)
    provider.at(6, 3)
    await provider.run("build_receipts_files")
    assert (await undo(provider, view.payment_id)).state == "undone"
    provider.at(6, 4)
    counts = await provider.run("build_receipts_files")
    assert counts == {"files": 1, "preliminary": 0, "confirmed": 0, "cancelled": 1}
    first, second = await _records(provider)
    assert (first.data_type, second.data_type) == (P, X)
    identity = ("barcode", "paid_on", "paid_at_hhmm", "shop_code", "channel")
    assert [getattr(first, name) for name in identity] == [
        getattr(second, name) for name in identity
    ]
    assert (first.cancel_reason, second.cancel_reason) == (None, 3)
    assert (second.transfer_date, second.booked_on) == (None, None)
    provider.at(6, 5)
    assert (await provider.run("build_receipts_files"))["files"] == 0
    assert [row.state for row in await provider.receipts()] == ["CANCELLED"]


async def test_an_undo_before_the_first_file_puts_both_records_into_it(provider):
    view = await provider.by_card(ONE)
    await provider.by_card(TWO)
    await undo(provider, view.payment_id)
    provider.at(6, 3)
    counts = await provider.run("build_receipts_files")
    assert counts == {"files": 1, "preliminary": 2, "confirmed": 0, "cancelled": 1}
    assert [(r.barcode, r.data_type) for r in await _records(provider)] == [
        (ONE, P),
        (ONE, X),
        (TWO, P),
    ]


async def test_an_undone_slip_may_be_paid_again_the_same_day(provider):
    """DOMAIN §11.6: 01, then 03, then a new 01, all of one day."""
    first = await provider.by_card(ONE)
    with pytest.raises(PeerRefused, match="slip_already_paid"):
        await provider.by_card(ONE)
    await undo(provider, first.payment_id)
    second = await provider.by_card(ONE)
    assert second.state == "accepted"
    provider.at(6, 3)
    await provider.run("build_receipts_files")
    assert [(r.data_type, r.shop_code) for r in await _records(provider)] == [
        (P, "0000001"),
        (X, "0000001"),
        (P, "0000002"),
    ]
    provider.at(6, 5)
    await provider.run("build_receipts_files")
    last = (await _records(provider))[-1]
    assert (last.data_type, last.shop_code) == (C, "0000002")


async def test_the_payer_sees_that_the_charge_was_taken_back(provider):
    paid = await provider.by_card(ONE)
    await undo(provider, paid.payment_id, "answer_lost")
    view = await provider.view(paid.payment_id)
    assert (view.state, view.reason, view.paid_at) == ("undone", "answer_lost", paid.paid_at)


async def test_a_confirmed_receipt_is_never_undone(provider):
    view = await provider.by_card(ONE)
    provider.at(6, 5)
    await provider.run("build_receipts_files")
    with pytest.raises(PeerRefused) as refused:
        await undo(provider, view.payment_id)
    assert refused.value.code == "receipt_confirmed"
    assert provider.agent.undo_asked == []
    assert await _rows(provider, UNDOS) == []


async def test_only_an_accepted_payment_can_be_undone(provider):
    provider.agent.refuse = "card_over_limit"
    declined = await provider.by_card(ONE)
    provider.agent.refuse = None
    provider.net.plan(r"POST /authorisations$", "answer_lost")
    unknown = await provider.by_card(TWO)
    for payment_id in (declined.payment_id, unknown.payment_id):
        with pytest.raises(PeerRefused, match="payment_not_accepted"):
            await undo(provider, payment_id)
    with pytest.raises(PeerRefused, match="payment_not_found"):
        await undo(provider, new_id())
    assert await _rows(provider, UNDOS) == []


@pytest.mark.parametrize("kind", ["answer_lost", "question_lost", "peer_down", "overloaded"])
async def test_an_undo_whose_answer_is_lost_ends_undone_once(provider, kind):
    view = await provider.by_card(ONE)
    provider.net.plan(UNDOING, kind)
    assert (await undo(provider, view.payment_id)).state == "undoing"
    assert (await provider.view(view.payment_id)).state == "accepted"
    with pytest.raises(PeerRefused, match="slip_already_paid"):
        await provider.by_card(ONE)
    provider.at(6, 3)
    counts = await provider.run("settle_undos")
    assert counts == {"undone": 1, "refused": 0, "unanswered": 0}
    assert (await provider.run("settle_undos"))["undone"] == 0
    assert len(set(provider.agent.undo_asked)) == len(provider.agent.undone) == 1
    assert (await undo(provider, view.payment_id)).state == "undone"
    [stored] = await _rows(provider, UNDOS)
    assert (stored.state, stored.undone_at) == (
        "UNDONE",
        provider.agent.undone[stored.peer_id],
    )


async def test_an_undo_that_nobody_answers_goes_on_being_asked(provider):
    view = await provider.by_card(ONE)
    provider.agent.broken = True
    assert (await undo(provider, view.payment_id)).state == "undoing"
    assert (await provider.run("settle_undos"))["unanswered"] == 1
    assert (await undo(provider, view.payment_id)).state == "undoing"
    provider.agent.broken = False
    assert (await provider.run("settle_undos"))["undone"] == 1


async def test_no_confirmation_goes_out_while_an_undo_asks(provider):
    view = await provider.by_card(ONE)
    await provider.by_card(TWO)
    provider.agent.broken = True
    await undo(provider, view.payment_id)
    provider.at(6, 5)
    counts = await provider.run("build_receipts_files")
    assert counts == {"files": 1, "preliminary": 2, "confirmed": 1, "cancelled": 0}
    assert [(r.barcode, r.data_type) for r in await _records(provider)] == [
        (ONE, P),
        (TWO, P),
        (TWO, C),
    ]
    assert (await provider.run("build_receipts_files"))["files"] == 0
    provider.agent.broken = False
    await provider.run("settle_undos")
    assert (await provider.run("build_receipts_files"))["cancelled"] == 1
    assert (await _records(provider))[-1].data_type == X


async def test_an_undo_after_the_agents_close_changes_nothing(provider):
    view = await provider.by_card(ONE)
    provider.agent.refuse_undo = "undo_after_close"
    answer = await undo(provider, view.payment_id)
    assert (answer.state, answer.reason) == ("refused", "undo_after_close")
    assert (await provider.view(view.payment_id)).state == "accepted"
    provider.agent.refuse_undo = None
    assert await undo(provider, view.payment_id) == answer  # what was answered stays answered
    assert len(provider.agent.undo_asked) == 1
    provider.at(6, 5)
    counts = await provider.run("build_receipts_files")
    assert (counts["confirmed"], counts["cancelled"]) == (1, 0)


async def test_an_undo_and_a_confirmation_never_both_win(provider):
    views = [await provider.by_card(barcode(notice)) for notice in range(8)]
    provider.at(6, 5)
    books = provider.resources.books

    async def undo_soon(number: int, payment_id) -> str:
        await asyncio.sleep(0.002 * number)
        try:
            return (await undo(provider, payment_id)).state
        except PeerRefused as refusal:
            return refusal.code

    _, *ends = await asyncio.gather(
        build_receipts_files(books),
        *(undo_soon(number, view.payment_id) for number, view in enumerate(views)),
    )
    await build_receipts_files(books)
    states = {row.payment_id: row.state for row in await provider.receipts()}
    told = dict(zip((view.payment_id for view in views), ends, strict=True))
    assert set(told.values()) <= {"undone", "receipt_confirmed"}
    assert states == {
        id_: "CANCELLED" if end == "undone" else "CONFIRMED" for id_, end in told.items()
    }


async def test_many_undos_at_once_are_one(provider):
    view = await provider.by_card(ONE)
    answers = await asyncio.gather(*(undo(provider, view.payment_id) for _ in range(5)))
    assert {answer.state for answer in answers} == {"undone"}
    assert len(await _rows(provider, UNDOS)) == len(provider.agent.undone) == 1


async def test_a_payment_of_a_channel_whose_peers_undo_nothing_is_refused(provider):
    view = await provider.by_bank(ONE)
    by_card = {Channel.MOBILE_CREDIT: provider.resources.undoers[Channel.MOBILE_CREDIT]}
    with pytest.raises(UndoNotOffered):
        await undo_payment(view.payment_id, Fault.ANSWER_LOST, provider.resources.books, by_card)
    assert await _rows(provider, UNDOS) == []
    assert [row.undo_id for row in await provider.receipts()] == [None]


async def test_a_debit_that_is_undone_is_given_back_by_the_payers_bank(provider):
    view, other = await provider.by_bank(ONE), await provider.by_bank(TWO)
    assert (await undo(provider, view.payment_id)).state == "undone"
    assert (await undo(provider, view.payment_id)).state == "undone"
    kept = await provider.stored(other.payment_id)
    assert list(await provider.bank_books()) == [kept.peer_id]
    assert (await provider.view(view.payment_id)).state == "undone"
    assert (await provider.by_bank(ONE)).state == "accepted"


async def test_an_app_banking_payment_that_its_bank_undoes_is_neither_paid_over_nor_kept(provider):
    """The bank's side stands at the wire of this use case: silent once, then it gives back."""
    view = await provider.by_bank(ONE)
    answers = iter([PeerOutcomeUnknown("silent"), PeerNotDone("not reached")])

    async def bank(_) -> TakenBack:
        for failure in answers:
            raise failure
        return TakenBack(provider.clock.now())

    books, asks = provider.resources.books, {Channel.MOBILE_BANKING: bank}
    asked = await undo_payment(view.payment_id, Fault.ANSWER_LOST, books, asks)
    assert asked.state is UndoState.ASKING
    provider.at(6, 13, 7)  # its transfer date
    assert (await provider.run("write_transfer_orders"))["orders"] == 0
    assert (await settle_undos(books, asks))["unanswered"] == 1
    assert (await settle_undos(books, asks))["undone"] == 1
    assert (await provider.view(view.payment_id)).state == "undone"
    assert (await provider.run("write_transfer_orders"))["orders"] == 0
    assert (await provider.run("build_receipts_files"))["cancelled"] == 1
    assert (await provider.by_bank(ONE)).state == "accepted"


async def test_an_undo_leaves_its_trace_under_the_payments_key(provider):
    view = await provider.by_card(ONE)
    await undo(provider, view.payment_id)
    history = OPERATOR_ARROWS[PAYMENT_PROVIDER].history
    lines = (await provider.operator.ask(history, key=view.payment_id)).lines
    assert [line.event for line in lines].count("payment_undone") == 2  # the undo, the payment
    assert "undo_asked" in {line.event for line in lines}


async def test_nobody_but_the_operator_may_undo(provider):
    view = await provider.by_card(ONE)
    terminal = await provider.terminal()
    for client in (provider.payer, terminal.client):
        with pytest.raises(PeerOutcomeUnknown, match="404 no_such_path"):
            await client.ask(
                UNDO_PAYMENT, UndoPayment(fault="answer_lost"), payment_id=view.payment_id
            )
    assert (await provider.view(view.payment_id)).state == "accepted"


async def test_a_day_that_was_told_is_told_again_after_an_undo(provider):
    view = await provider.by_card(ONE)
    provider.at(6, 3)
    await provider.run("compare_commissions")
    await provider.run("report_payments")
    assert len(provider.agent.lists[date(2025, 6, 2), 1, 1].payments) == 1
    await undo(provider, view.payment_id)
    [row] = await _rows(provider, PAYMENT_LISTS)
    assert (row.revision, row.taken_at) == (2, None)
    await provider.run("report_payments")
    assert provider.agent.lists[date(2025, 6, 2), 2, 1].payments == ()
