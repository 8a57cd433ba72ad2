"""The provider says which payments it has; what does not agree stands until it is resolved."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from shared.kit.clock import tokyo_time
from shared.kit.faults import Fault
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.card_undoing import REPORT_PAYMENTS, PaymentsReported, ReportedPayment
from shared.wire.differences import AT_CARD_AGENT, DifferenceView, ResolveDifference
from tests.integration.services.card_agent.conftest import TOWN
from tests.integration.services.card_agent.test_undoing import undo

DAY, NEXT = "2025-06-02", "2025-06-03"
STATES = "SELECT state FROM authorisations"


def line(authorisation_id, amount_yen: int = 33_138, town: str = TOWN) -> ReportedPayment:
    """Return one payment as the provider lists it."""
    return ReportedPayment(
        authorisation_id=authorisation_id,
        municipality=town,
        amount_yen=Yen(amount_yen),
        paid_at=tokyo_time(date(2025, 6, 2), 10),
    )


async def tell(agent, *lines, day: str = DAY, revision: int = 1, page: int = 1, last: bool = True):
    """Send a page of a list."""
    body = PaymentsReported(payments=lines, is_last=last)
    place = {"day": day, "revision": revision, "page": page}
    return await agent.provider.ask(REPORT_PAYMENTS, body, **place)


async def standing(agent, state: str = "open") -> tuple[DifferenceView, ...]:
    """List differences as the operator does."""
    query = {"state": state}
    answer = await agent.operator().ask(AT_CARD_AGENT.list_differences, query=query)
    return answer.differences


async def resolve(agent, found: DifferenceView, way: str, document: str = "D-1") -> DifferenceView:
    """Resolve one as the operator does."""
    body = ResolveDifference(way=way, document_number=document)
    arrow = AT_CARD_AGENT.resolve_difference
    return await agent.operator().ask(arrow, body, difference_id=found.difference_id)


async def _commissioned(agent, slip: int = 1):
    question = await agent.question(slip=slip)
    await agent.authorise(question)
    return question.authorisation_id


async def test_a_list_that_agrees_leaves_no_difference(agent) -> None:
    ids = [await _commissioned(agent, slip) for slip in range(3)]
    taken = await tell(agent, *map(line, ids))
    assert (taken.payments, taken.differences) == (3, 0)
    assert await standing(agent) == ()


async def test_every_kind_of_difference_is_found_and_named(agent) -> None:
    missing_there = await _commissioned(agent, 1)
    amount, town = await _commissioned(agent, 2), await _commissioned(agent, 3)
    stranger = new_id()
    lines = (line(amount, 5), line(town, town="131130"), line(stranger))
    assert (await tell(agent, *lines)).differences == 4
    found = {each.authorisation_id: each for each in await standing(agent)}
    assert {id_: each.kind for id_, each in found.items()} == {
        missing_there: "missing_there",
        amount: "amount_differs",
        town: "municipality_differs",
        stranger: "missing_here",
    }
    assert (found[amount].our_yen, found[amount].their_yen) == (33_138, 5)
    assert (found[stranger].our_yen, found[missing_there].their_yen) == (None, None)
    assert {str(each.day) for each in found.values()} == {DAY}


async def test_a_list_is_compared_only_when_its_last_page_is_here(agent) -> None:
    ids = sorted([await _commissioned(agent, slip) for slip in range(3)])
    assert (await tell(agent, line(ids[0]), last=False)).differences == 0
    assert await standing(agent) == ()
    assert (await tell(agent, line(ids[1]), page=2, last=False)).differences == 0
    assert (await tell(agent, page=3)).differences == 1
    [found] = await standing(agent)
    assert found.authorisation_id == ids[2]


async def test_the_same_page_again_changes_nothing_and_another_content_is_refused(agent) -> None:
    id_ = await _commissioned(agent)
    first = await tell(agent)
    assert await tell(agent) == first
    assert len(await standing(agent)) == 1
    with pytest.raises(PeerRefused) as refused:
        await tell(agent, line(id_))
    assert refused.value.code == "payment_list_differs"
    assert len(await standing(agent)) == 1


async def test_a_page_whose_predecessor_is_missing_is_refused(agent) -> None:
    for place in ({"page": 2}, {"page": 3}):
        with pytest.raises(PeerRefused) as refused:
            await tell(agent, **place)
        assert refused.value.code == "payment_list_incomplete"
    await tell(agent)
    with pytest.raises(PeerRefused, match="payment_list_incomplete"):
        await tell(agent, page=2)  # the first was the last


async def test_the_same_page_at_once_is_taken_once(agent) -> None:
    await _commissioned(agent)
    answers = await asyncio.gather(*(tell(agent) for _ in range(4)))
    assert {answer.differences for answer in answers} == {1}
    assert len(await standing(agent)) == 1


async def test_the_newest_whole_list_counts_however_late_an_older_one_comes(agent) -> None:
    id_ = await _commissioned(agent)
    await tell(agent, line(id_), revision=2)
    assert (await tell(agent, revision=1)).differences == 0
    assert await standing(agent) == ()


async def test_a_difference_whose_cause_is_gone_is_resolved_by_the_next_list(agent) -> None:
    id_ = await _commissioned(agent)
    await tell(agent)
    assert len(await standing(agent)) == 1
    await tell(agent, day=NEXT)
    assert len(await standing(agent)) == 1  # another day's list proves nothing about it
    await tell(agent, line(id_), revision=2)
    assert await standing(agent) == ()
    [gone] = await standing(agent, "resolved")
    assert (gone.way, gone.document_number) == (None, None)


async def test_a_commission_that_the_provider_undid_is_no_difference_after_the_next_list(
    agent,
) -> None:
    id_ = await _commissioned(agent)
    await tell(agent)
    await undo(agent, id_)
    await tell(agent, day=NEXT)  # any day's list: nothing is missing there any more
    assert await standing(agent) == ()


async def test_a_commission_without_a_payment_is_undone_by_a_command_with_a_document(
    agent,
) -> None:
    await _commissioned(agent)
    await tell(agent)
    [found] = await standing(agent)
    resolved = await resolve(agent, found, "undo", "2025-117")
    assert (resolved.state, resolved.way, resolved.document_number) == (
        "resolved",
        "undo",
        "2025-117",
    )
    assert await agent.column(STATES) == ["UNDONE"]
    assert await resolve(agent, found, "undo", "2025-117") == resolved
    with pytest.raises(PeerRefused) as refused:
        await resolve(agent, found, "explained", "2025-118")
    assert refused.value.code == "difference_resolved"


async def test_an_undo_by_command_is_repeated_until_the_network_answers(agent) -> None:
    await _commissioned(agent)
    await tell(agent)
    [found] = await standing(agent)
    agent.resources.foundation.faults.plan(Fault("card_network_reverse", "after"))
    with pytest.raises(PeerOutcomeUnknown, match="authorisation_being_confirmed"):
        await resolve(agent, found, "undo")
    assert len(await standing(agent)) == 1
    assert (await resolve(agent, found, "undo")).state == "resolved"
    told = await agent.column("SELECT details FROM audit WHERE action = 'resolution_asked'")
    assert told == [{"way": "undo", "document_number": "D-1"}] * 2


async def test_what_is_explained_is_not_found_again(agent) -> None:
    await _commissioned(agent)
    await tell(agent)
    [found] = await standing(agent)
    await resolve(agent, found, "explained")
    await tell(agent, revision=2)
    assert await standing(agent) == ()
    assert await agent.column(STATES) == ["AUTHORISED"]


async def test_a_way_that_does_not_fit_is_refused_and_changes_nothing(agent) -> None:
    id_ = await _commissioned(agent)
    await tell(agent, line(new_id()), line(id_, 5))
    for found in await standing(agent):
        for way in ("book", "cancel", "undo"):
            with pytest.raises(PeerRefused) as refused:
                await resolve(agent, found, way)
            assert refused.value.code == "way_not_possible"
    assert len(await standing(agent)) == 2
    with pytest.raises(PeerRefused, match="difference_not_found"):
        await resolve(agent, found.model_copy(update={"difference_id": new_id()}), "undo")


async def test_a_commission_cannot_be_undone_by_command_after_the_close(agent) -> None:
    await _commissioned(agent)
    await tell(agent)
    [found] = await standing(agent)
    agent.move_to(tokyo_time(date(2025, 6, 3), 17))
    with pytest.raises(PeerRefused, match="undo_after_close"):
        await resolve(agent, found, "undo")
    assert (await agent.column(STATES), len(await standing(agent))) == (["AUTHORISED"], 1)
