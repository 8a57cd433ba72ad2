"""A commission is taken back once, in time, and from nobody but the provider that asked for it."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest

from shared.files.nofu_jutaku_hokoku import CommissionStatus
from shared.kit.clock import tokyo_time
from shared.kit.faults import Fault
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.card_authorisations import LIST_COMMISSIONS
from shared.wire.card_undoing import UNDO_AUTHORISATION, AuthorisationUndone, UndoAuthorisation
from shared.wire.sandbox_books import CARD_NETWORK_BOOKS
from tests.integration.services.card_agent.conftest import OTHER_TOWN, TOWN

STATES = "SELECT state FROM authorisations ORDER BY asked_at, id"
USED = "SELECT used_yen FROM network_cards"
REVERSED = "SELECT reference FROM network_reversals"
MONDAY, TUESDAY, DESIGNATED = date(2025, 6, 2), date(2025, 6, 3), date(2025, 6, 9)
NETWORK_SILENT = ("before", "after")


async def undo(
    agent, authorisation_id, *, amount_yen: int = 33_138, town: str = TOWN
) -> AuthorisationUndone:
    """Ask as the provider does."""
    body = UndoAuthorisation(
        municipality=town, amount_yen=Yen(amount_yen), fault="double_authorisation"
    )
    return await agent.provider.ask(UNDO_AUTHORISATION, body, authorisation_id=authorisation_id)


async def _takings(agent) -> list:
    return [line.reference for line in (await agent.operator().ask(CARD_NETWORK_BOOKS)).lines]


async def _commissions(agent, day: date = MONDAY) -> list:
    query = {"day": day.isoformat()}
    listed = (await agent.provider.ask(LIST_COMMISSIONS, query=query)).commissions
    return [line.authorisation_id for line in listed]


async def test_an_undone_commission_stands_nowhere_any_more(agent) -> None:
    question = await agent.question()
    await agent.authorise(question)
    assert await agent.column(USED) == [33_138 + 385]
    undone = await undo(agent, question.authorisation_id)
    assert undone.undone_at == agent.clock.now()
    assert await agent.column(STATES) == ["UNDONE"]
    assert await agent.column(USED) == [0]  # premium and fee: the whole charge is given back
    assert await _takings(agent) == []
    assert await _commissions(agent) == []


async def test_the_same_undo_again_gets_the_same_answer(agent) -> None:
    question = await agent.question()
    await agent.authorise(question)
    first = await undo(agent, question.authorisation_id)
    agent.move_to(tokyo_time(date(2025, 6, 20)))  # long after the close
    assert await undo(agent, question.authorisation_id) == first
    assert len(await agent.column(REVERSED)) == 1


async def test_the_id_of_an_undone_commission_is_closed_for_ever(agent) -> None:
    question = await agent.question()
    await agent.authorise(question)
    await undo(agent, question.authorisation_id)
    with pytest.raises(PeerRefused) as refused:
        await agent.authorise(question)
    assert refused.value.code == "authorisation_closed"
    settled = await agent.settle(question.authorisation_id)
    assert (settled.outcome, settled.commission) == ("closed", None)


async def test_an_undo_after_the_agents_close_changes_nothing(agent) -> None:
    question = await agent.question()
    await agent.authorise(question)
    agent.move_to(tokyo_time(TUESDAY, 17))
    with pytest.raises(PeerRefused) as refused:
        await undo(agent, question.authorisation_id)
    assert refused.value.code == "undo_after_close"
    assert await agent.column(STATES) == ["AUTHORISED"]
    assert await agent.column(USED) == [33_523]
    agent.move_to(tokyo_time(DESIGNATED, 7))
    assert (await agent.run("write_transfer_orders"))["commissions"] == 1
    with pytest.raises(PeerRefused, match="undo_after_close"):
        await undo(agent, question.authorisation_id)


async def test_a_moment_before_the_close_is_in_time(agent) -> None:
    question = await agent.question()
    await agent.authorise(question)
    agent.move_to(tokyo_time(TUESDAY, 17) - timedelta(microseconds=1))
    await undo(agent, question.authorisation_id)
    assert await agent.column(STATES) == ["UNDONE"]


async def test_what_was_never_commissioned_cannot_be_undone(agent) -> None:
    declined = await agent.question("4000000000009995")
    with pytest.raises(PeerRefused):
        await agent.authorise(declined)
    closed = new_id()
    await agent.settle(closed)
    for id_ in (declined.authorisation_id, closed, new_id()):
        with pytest.raises(PeerRefused) as refused:
            await undo(agent, id_)
        assert refused.value.code == "authorisation_not_commissioned"


async def test_an_undo_must_name_the_commissions_town_and_amount(agent) -> None:
    question = await agent.question()
    await agent.authorise(question)
    for wrong, code in (
        ({"amount_yen": 1}, "authorisation_id_reused"),
        ({"town": OTHER_TOWN}, "authorisation_id_reused"),
    ):
        with pytest.raises(PeerRefused) as refused:
            await undo(agent, question.authorisation_id, **wrong)
        assert refused.value.code == code
    # Its contract may have ended since: whether it was undone is not told, so it is asked again.
    with pytest.raises(PeerOutcomeUnknown, match="municipality_unknown"):
        await undo(agent, question.authorisation_id, town="999999")
    assert await agent.column(STATES) == ["AUTHORISED"]


async def test_an_unknown_authorisation_is_settled_before_it_is_undone(agent) -> None:
    question = await agent.question("4000000000000119")
    with pytest.raises(PeerOutcomeUnknown):
        await agent.authorise(question)
    with pytest.raises(PeerOutcomeUnknown, match="authorisation_being_confirmed"):
        await undo(agent, question.authorisation_id)
    await agent.settle(question.authorisation_id)
    await undo(agent, question.authorisation_id)
    assert await agent.column(STATES) == ["UNDONE"]


@pytest.mark.parametrize("moment", NETWORK_SILENT)
async def test_an_undo_whose_network_is_silent_is_finished_by_the_job(agent, moment) -> None:
    question = await agent.question()
    await agent.authorise(question)
    agent.resources.foundation.faults.plan(Fault("card_network_reverse", moment))
    with pytest.raises(PeerOutcomeUnknown, match="authorisation_being_confirmed"):
        await undo(agent, question.authorisation_id)
    assert await agent.column(STATES) == ["UNDOING"]
    with pytest.raises(PeerOutcomeUnknown, match="authorisation_being_confirmed"):
        await agent.settle(question.authorisation_id)
    with pytest.raises(PeerOutcomeUnknown, match="authorisation_being_confirmed"):
        await agent.authorise(question)
    agent.start_new_process()
    agent.move_to(tokyo_time(DESIGNATED, 7))  # accepted in time, so it ends though the close passed
    assert await agent.run("write_transfer_orders") == {"orders": 0, "commissions": 0}
    counts = await agent.run("settle_authorisations")
    assert (counts["undone"], counts["undoing"]) == (1, 0)
    assert (await agent.run("settle_authorisations"))["undone"] == 0
    assert await agent.column(STATES) == ["UNDONE"]
    assert await agent.column(USED) == [0]
    assert len(await agent.column(REVERSED)) == 1


async def test_two_undos_at_once_reverse_once(agent) -> None:
    question = await agent.question()
    await agent.authorise(question)
    answers = await asyncio.gather(*(undo(agent, question.authorisation_id) for _ in range(4)))
    assert len({answer.undone_at for answer in answers}) == 1
    assert await agent.column(USED) == [0]


async def test_an_undo_and_a_transfer_order_never_both_take_a_commission(agent) -> None:
    agent.start_new_process(undo_close=replace_close(agent, business_days=10))
    questions = [await agent.question(slip=slip) for slip in range(6)]
    for question in questions:
        await agent.authorise(question)
    agent.move_to(tokyo_time(DESIGNATED, 7))
    outcomes = await asyncio.gather(
        agent.run("write_transfer_orders"),
        *(undo(agent, question.authorisation_id) for question in questions),
        return_exceptions=True,
    )
    refusals = [each for each in outcomes if isinstance(each, Exception)]
    assert {each.code for each in refusals} <= {"undo_after_close"}
    states = await agent.column(STATES)
    paid = await agent.column("SELECT coalesce(sum(amount_yen), 0) FROM transfer_orders")
    assert set(states) <= {"UNDONE", "REMITTED"}
    assert paid == [states.count("REMITTED") * 33_138]
    assert len(await agent.column(REVERSED)) == states.count("UNDONE")


def replace_close(agent, *, business_days: int):
    """Return a close so late that a commission may still be undone when it is paid over."""
    close = agent.resources.undo_close
    return type(close)(business_days, close.at)


async def test_an_undone_commission_is_in_no_order_and_reported_as_reversed(agent) -> None:
    stays, goes = await agent.question(slip=1), await agent.question(slip=2)
    for question in (stays, goes):
        await agent.authorise(question)
    agent.move_to(tokyo_time(TUESDAY, 8))
    await agent.run("build_agent_reports")  # both are told as commissioned
    await undo(agent, goes.authorisation_id)
    agent.move_to(tokyo_time(date(2025, 6, 4), 8))
    assert await agent.run("build_agent_reports") == {"files": 1, "lines": 1}
    assert await agent.run("build_agent_reports") == {"files": 0, "lines": 0}
    newest = max(await agent.files(), key=lambda file: file.sequence)
    [line] = await agent.report(newest)
    assert (line.status, line.barcode) == (CommissionStatus.REVERSED, goes.barcode)
    assert (line.remitted_on, line.bank_ref) == (None, "")
    agent.move_to(tokyo_time(DESIGNATED, 8))
    assert await agent.run("write_transfer_orders") == {"orders": 1, "commissions": 1}
    [order] = await agent.orders(DESIGNATED)
    assert order.amount_yen == 33_138


async def test_a_commission_that_is_undone_before_it_was_reported_is_told_once(agent) -> None:
    question = await agent.question()
    await agent.authorise(question)
    await undo(agent, question.authorisation_id)
    agent.move_to(tokyo_time(TUESDAY, 8))
    assert await agent.run("build_agent_reports") == {"files": 1, "lines": 1}
    [file] = await agent.files()
    [line] = await agent.report(file)
    assert line.status is CommissionStatus.REVERSED


async def test_a_commission_number_is_never_given_twice(agent) -> None:
    numbers = set()
    for _ in range(3):
        question = await agent.question(slip=1)  # the same slip, again and again
        numbers.add((await agent.authorise(question)).commission_number)
        await undo(agent, question.authorisation_id)
    assert len(numbers) == 3
