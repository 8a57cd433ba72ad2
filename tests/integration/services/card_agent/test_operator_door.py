"""The operator door: jobs, history by any key, and the networks' own books."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.card_agent.app import create_app
from shared.kit.peer import PeerOutcomeUnknown
from shared.wire.doors import CARD_AGENT, OPERATOR_ARROWS
from shared.wire.sandbox_books import CARD_NETWORK_BOOKS
from tests.integration.services.card_agent.conftest import barcode

OPERATOR = OPERATOR_ARROWS[CARD_AGENT]


async def test_a_commission_is_explained_by_each_of_its_keys(agent) -> None:
    yes = await agent.authorise(await agent.question())
    stories = []
    for key in (str(yes.authorisation_id), yes.commission_number, barcode()):
        answer = await agent.operator().ask(OPERATOR.history, key=key)
        stories.append([(line.id, line.event) for line in answer.lines])
    asked = (str(yes.authorisation_id), "authorisation_asked")
    assert stories == [[asked, (str(yes.authorisation_id), "card_authorised")]] * 3


async def test_the_networks_books_show_premiums_that_were_taken(agent) -> None:
    yes = await agent.authorise(await agent.question())
    with pytest.raises(PeerOutcomeUnknown):
        await agent.authorise(await agent.question("4000000000000119", slip=2))
    books = await agent.operator().ask(CARD_NETWORK_BOOKS)
    assert yes.authorisation_id in {line.reference for line in books.lines}
    assert [line.amount_yen for line in books.lines] == [33_138, 33_138]
    assert books.next_after is None


async def test_the_networks_books_are_absent_outside_the_sandbox(agent) -> None:
    foundation = replace(agent.resources.foundation, sandbox=False)
    resources = replace(agent.resources, foundation=foundation)
    agent.net.join("card_agent", "operator", create_app(resources, "operator"))
    with pytest.raises(PeerOutcomeUnknown, match="404"):
        await agent.operator().ask(CARD_NETWORK_BOOKS)


async def test_jobs_run_through_the_door(agent) -> None:
    listed = await agent.operator().ask(OPERATOR.list_jobs)
    names = {job.name for job in listed.jobs}
    assert names == {
        "settle_authorisations",
        "write_transfer_orders",
        "build_agent_reports",
        "forget_card_numbers",
    }
    for name in names:
        ran = await agent.operator().ask(OPERATOR.run_job, name=name)
        assert ran.name == name
