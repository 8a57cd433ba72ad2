"""What the agent's books and ours do not agree on: found on every day, resolved by a command."""

from __future__ import annotations

from datetime import date

import pytest

from services.payment_provider.store.tables import COMPARISONS, PAYMENT_LISTS, UNDOS
from services.payment_provider.usecases.report_payments import report_payments
from shared.files.codes import DataType
from shared.files.mobile_regi_receipts import load_receipts
from shared.kit.calendar import japanese_banks
from shared.kit.clock import tokyo_date
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.card_authorisations import AuthoriseCard, CardAuthorised
from shared.wire.differences import AT_PROVIDER, DifferenceView, ResolveDifference
from tests.integration.services.payment_provider.test_undoing import undo
from tests.support.databases import as_written
from tests.unit.services.payment_provider.samples import WARD, barcode

ONE, TWO = barcode(1), barcode(2)
ASKED = r"POST /authorisations$"


async def standing(provider, state: str = "open") -> tuple[DifferenceView, ...]:
    """List differences at the operator door."""
    arrow = AT_PROVIDER.list_differences
    return (await provider.operator.ask(arrow, query={"state": state})).differences


async def resolve(provider, found: DifferenceView, way: str, document: str = "D-1"):
    """Resolve one at the operator door."""
    body = ResolveDifference(way=way, document_number=document)
    arrow = AT_PROVIDER.resolve_difference
    return await provider.operator.ask(arrow, body, difference_id=found.difference_id)


async def _rows(provider, table) -> list:
    async with provider.resources.foundation.engine.connect() as connection:
        return list((await connection.execute(as_written(table))).all())


def commission(provider, authorisation_id=None, slip: str = ONE):
    """Let the agent have a commission of which we know nothing."""
    at, id_ = provider.clock.now(), authorisation_id or new_id()
    question = AuthoriseCard(
        authorisation_id=id_,
        municipality=WARD,
        barcode=slip,
        amount_yen=Yen(33_138),
        fee_yen=Yen(385),
        card_token="tok",
    )
    answer = CardAuthorised(
        authorisation_id=id_,
        commission_number=f"C-{id_.hex[:8]}",
        approval_number="123456",
        brand="VISA",
        authorised_at=at,
        designated_date=japanese_banks().add(tokyo_date(at), 5),
    )
    provider.agent.commissions[id_] = (question, answer)
    return id_


async def abandoned_but_commissioned(provider, slip: str = ONE):
    """Return a payment of which the agent first said that nothing was charged, and then did."""
    provider.net.plan(ASKED, "peer_down", times=3)
    view = await provider.by_card(slip)
    assert view.state == "abandoned"
    peer_id = (await provider.stored(view.payment_id)).peer_id
    commission(provider, peer_id, slip)
    return view, peer_id


async def compared(provider, day: int = 3) -> tuple[DifferenceView, ...]:
    """Compare on a morning of June and return what stands open."""
    provider.at(6, day)
    await provider.run("compare_commissions")
    return await standing(provider)


async def test_a_commission_of_a_day_without_payments_is_found(provider):
    provider.at(6, 6, 12)
    await provider.by_card(TWO)  # Friday
    provider.at(6, 7, 12)
    stranger = commission(provider)  # Saturday: no payment of ours
    [found] = await compared(provider, 9)
    assert (found.authorisation_id, found.kind, str(found.day)) == (
        stranger,
        "missing_here",
        "2025-06-07",
    )
    assert {str(row.day) for row in await _rows(provider, COMPARISONS)} == {
        "2025-06-06",
        "2025-06-07",
        "2025-06-08",
    }


async def test_days_without_anything_are_compared_once_each(provider):
    provider.at(6, 3)
    assert (await provider.run("compare_commissions"))["days"] == 1
    provider.at(6, 10)
    assert (await provider.run("compare_commissions"))["days"] == 7
    assert (await provider.run("compare_commissions"))["days"] == 1  # yesterday, always


async def test_a_commission_without_a_payment_is_undone_by_command(provider):
    _, peer_id = await abandoned_but_commissioned(provider)
    [found] = await compared(provider)
    assert (found.kind, found.our_yen, found.their_yen) == ("missing_here", None, 33_138)
    resolved = await resolve(provider, found, "undo", "2025-117")
    assert (resolved.state, resolved.way, resolved.document_number) == (
        "resolved",
        "undo",
        "2025-117",
    )
    assert set(provider.agent.undone) == {peer_id}
    assert await resolve(provider, found, "undo", "2025-117") == resolved
    with pytest.raises(PeerRefused, match="difference_resolved"):
        await resolve(provider, found, "explained", "2025-118")
    assert await compared(provider) == ()


async def test_a_strangers_commission_can_be_undone_but_never_booked(provider):
    stranger = commission(provider)
    await provider.by_card(TWO)
    [found] = await compared(provider)
    for way in ("book", "cancel"):
        with pytest.raises(PeerRefused, match="way_not_possible"):
            await resolve(provider, found, way)
    assert (await resolve(provider, found, "undo")).state == "resolved"
    assert set(provider.agent.undone) == {stranger}
    [row] = await _rows(provider, UNDOS)
    assert (row.payment_id, row.state) == (None, "UNDONE")


async def test_an_undo_by_command_whose_answer_is_lost_is_repeated_or_found(provider):
    await abandoned_but_commissioned(provider)
    [found] = await compared(provider)
    provider.net.plan(r"/authorisations/.*/undoing$", "answer_lost")
    with pytest.raises(PeerOutcomeUnknown, match="card_agent_silent"):
        await resolve(provider, found, "undo")
    assert len(await standing(provider)) == 1
    counts = await provider.run("compare_commissions")  # an undo asks: nothing is concluded
    assert (counts["gone"], counts["differences"]) == (0, 0)
    await provider.run("settle_undos")
    assert (await resolve(provider, found, "undo")).way == "undo"
    assert len(set(provider.agent.undo_asked)) == len(provider.agent.undone) == 1


async def test_a_difference_whose_cause_is_gone_is_resolved_by_the_next_comparison(provider):
    view = await provider.by_card(ONE)
    peer_id = (await provider.stored(view.payment_id)).peer_id
    provider.agent.hidden.add(peer_id)
    [found] = await compared(provider)
    assert found.kind == "missing_there"
    provider.agent.hidden.clear()
    provider.at(6, 4)
    assert (await provider.run("compare_commissions"))["gone"] == 1
    [gone] = await standing(provider, "resolved")
    assert (gone.difference_id, gone.way, gone.document_number) == (found.difference_id, None, None)


async def test_a_difference_that_comes_back_stands_open_again_and_an_explained_one_does_not(
    provider,
):
    view = await provider.by_card(ONE)
    peer_id = (await provider.stored(view.payment_id)).peer_id
    provider.agent.hidden.add(peer_id)
    await compared(provider)
    provider.agent.hidden.clear()
    assert await compared(provider, 4) == ()
    provider.agent.hidden.add(peer_id)
    [again] = await compared(provider)  # yesterday is compared with every run
    await resolve(provider, again, "explained")
    assert await compared(provider) == ()
    assert len(await standing(provider, "resolved")) == 2


async def test_booking_is_for_what_the_agent_would_not_undo_any_more(provider):
    view, peer_id = await abandoned_but_commissioned(provider)
    [found] = await compared(provider)
    with pytest.raises(PeerRefused, match="way_not_possible"):
        await resolve(provider, found, "book")  # undoing was not even tried
    provider.agent.refuse_undo = "undo_after_close"
    with pytest.raises(PeerRefused, match="undo_after_close"):
        await resolve(provider, found, "undo")
    assert len(await standing(provider)) == 1
    resolved = await resolve(provider, found, "book", "2025-9")
    assert (resolved.way, resolved.document_number) == ("book", "2025-9")
    booked = await provider.view(view.payment_id)
    assert (booked.state, booked.paid_at) == (
        "accepted",
        provider.agent.commissions[peer_id][1].authorised_at,
    )
    [receipt] = await provider.receipts()
    assert (str(receipt.transfer_date), receipt.amount_yen) == ("2025-06-09", 33_138)
    assert await compared(provider, 4) == ()


async def test_a_commission_is_not_booked_where_the_slip_was_paid_meanwhile(provider):
    await abandoned_but_commissioned(provider)
    assert (await provider.by_card(ONE)).state == "accepted"
    [found] = await compared(provider)
    provider.agent.refuse_undo = "undo_after_close"
    with pytest.raises(PeerRefused, match="undo_after_close"):
        await resolve(provider, found, "undo")
    with pytest.raises(PeerRefused) as refused:
        await resolve(provider, found, "book")
    assert refused.value.code == "slip_already_paid"
    assert (len(await standing(provider)), len(await provider.receipts())) == (1, 1)


async def _receipt_without_commission(provider) -> DifferenceView:
    view = await provider.by_card(ONE)
    peer_id = (await provider.stored(view.payment_id)).peer_id
    del provider.agent.commissions[peer_id]
    [found] = await compared(provider)
    assert (found.authorisation_id, found.kind) == (peer_id, "missing_there")
    return found


async def test_a_receipt_without_a_commission_is_cancelled_once_the_agent_says_closed(provider):
    found = await _receipt_without_commission(provider)
    resolved = await resolve(provider, found, "cancel")
    assert (resolved.way, provider.agent.closed) == ("cancel", {found.authorisation_id})
    provider.at(6, 4)
    counts = await provider.run("build_receipts_files")
    assert (counts["preliminary"], counts["cancelled"]) == (1, 1)
    terminal = await provider.terminal()
    [file] = await terminal.files()
    kinds = [r.data_type for r in load_receipts(await terminal.collect(file)).records]
    assert kinds == [DataType.PRELIMINARY, DataType.CANCELLED]
    assert (await provider.by_card(ONE)).state == "accepted"


async def test_a_receipt_is_not_cancelled_while_the_agent_has_its_commission(provider):
    view = await provider.by_card(ONE)
    provider.agent.hidden.add((await provider.stored(view.payment_id)).peer_id)
    [found] = await compared(provider)
    with pytest.raises(PeerRefused, match="way_not_possible"):
        await resolve(provider, found, "cancel")
    provider.agent.broken = True
    with pytest.raises(PeerOutcomeUnknown, match="card_agent_silent"):
        await resolve(provider, found, "cancel")
    assert (await provider.view(view.payment_id)).state == "accepted"
    assert len(await standing(provider)) == 1


async def test_a_confirmed_receipt_is_not_cancelled_either(provider):
    found = await _receipt_without_commission(provider)
    provider.at(6, 5)
    await provider.run("build_receipts_files")
    with pytest.raises(PeerRefused, match="receipt_confirmed"):
        await resolve(provider, found, "cancel")
    assert [row.state for row in await provider.receipts()] == ["CONFIRMED"]


async def test_a_day_on_which_an_undo_asks_is_left_open(provider):
    view = await provider.by_card(ONE)
    provider.net.plan(r"/authorisations/.*/undoing$", "answer_lost")
    assert (await undo(provider, view.payment_id)).state == "undoing"
    provider.at(6, 3)
    counts = await provider.run("compare_commissions")
    assert (counts["differences"], counts["left_open"]) == (0, 1)
    assert await _rows(provider, COMPARISONS) == []
    assert (await provider.run("report_payments"))["days"] == 0  # told when it is known
    await provider.run("settle_undos")
    assert (await provider.run("compare_commissions"))["left_open"] == 0
    assert (await provider.run("report_payments"))["days"] == 1


async def test_the_agent_is_told_every_compared_day_page_by_page_and_once(provider):
    for notice in range(5):
        await provider.by_card(barcode(notice))
    await provider.by_bank(barcode(9))  # no card
    provider.at(6, 4)
    await provider.run("compare_commissions")
    books, agent = provider.resources.books, provider.resources.card_agent
    counts = await report_payments(books, card_agent=agent, page=2)
    assert (counts["days"], counts["payments"], counts["refused"]) == (2, 5, 0)
    monday = [provider.agent.lists[date(2025, 6, 2), 1, page] for page in (1, 2, 3)]
    assert [(len(each.payments), each.is_last) for each in monday] == [
        (2, False),
        (2, False),
        (1, True),
    ]
    told = [line.authorisation_id for each in monday for line in each.payments]
    assert told == sorted(provider.agent.commissions)
    tuesday = provider.agent.lists[date(2025, 6, 3), 1, 1]
    assert (tuesday.payments, tuesday.is_last) == ((), True)
    assert (await provider.run("report_payments"))["days"] == 0


@pytest.mark.parametrize("kind", ["answer_lost", "question_lost"])
async def test_a_list_whose_page_is_lost_is_told_again_as_the_same_revision(provider, kind):
    for notice in range(3):
        await provider.by_card(barcode(notice))
    provider.at(6, 3)
    await provider.run("compare_commissions")
    books, agent = provider.resources.books, provider.resources.card_agent
    provider.net.plan(r"PUT /payment-lists/2025-06-02/1/2$", kind)
    with pytest.raises(PeerOutcomeUnknown):
        await report_payments(books, card_agent=agent, page=2)
    assert (await report_payments(books, card_agent=agent, page=2))["days"] == 1
    assert set(provider.agent.lists) == {(date(2025, 6, 2), 1, page) for page in (1, 2)}
    [row] = await _rows(provider, PAYMENT_LISTS)
    assert (row.revision, row.taken_at) == (1, provider.clock.now())
