"""Questions that meet at one moment: of one id, of one token, of one barcode."""

from __future__ import annotations

import asyncio

from shared.kit.ids import new_id
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from tests.support.statements import statements_of

FAILURES = (PeerNotDone, PeerOutcomeUnknown, PeerRefused)
NUMBERS = "SELECT commission_number FROM authorisations WHERE commission_number IS NOT NULL"
CLAIMED = "SELECT count(*) FROM card_tokens WHERE authorisation_id IS NOT NULL"
TAKINGS = "SELECT count(*) FROM network_approvals WHERE outcome = 'approved'"


async def test_commissions_of_one_barcode_at_once_have_numbers_of_their_own(agent):
    questions = [await agent.question() for _ in range(6)]
    answers = await asyncio.gather(*(agent.authorise(question) for question in questions))
    numbers = {answer.commission_number for answer in answers}
    assert len(numbers) == 6
    assert set(await agent.column(NUMBERS)) == numbers


async def test_a_barcodes_second_commission_does_not_bear_the_firsts_number(agent):
    first = await agent.authorise(await agent.question())
    second = await agent.authorise(await agent.question())
    other = await agent.authorise(await agent.question(slip=2))
    numbers = {first.commission_number, second.commission_number, other.commission_number}
    assert len(numbers) == 3


async def test_two_questions_of_one_id_at_once_claim_one_token(agent):
    one, other = await agent.question(), await agent.question()
    other = other.model_copy(update={"authorisation_id": one.authorisation_id})
    ended = await asyncio.gather(
        agent.authorise(one), agent.authorise(other), return_exceptions=True
    )
    failed = [each for each in ended if isinstance(each, FAILURES)]
    assert len(failed) == 1
    assert await agent.column(CLAIMED) == [1]
    assert await agent.column(TAKINGS) == [1]


async def test_two_questions_with_one_token_at_once_get_one_commission(agent):
    one = await agent.question()
    other = one.model_copy(update={"authorisation_id": new_id()})
    ended = await asyncio.gather(
        agent.authorise(one), agent.authorise(other), return_exceptions=True
    )
    refused = [each.code for each in ended if isinstance(each, PeerRefused)]
    assert refused in (["card_token_used"], ["card_token_unknown"])
    assert await agent.column(TAKINGS) == [1]


async def test_one_question_sent_many_times_at_once_is_asked_once(agent):
    question = await agent.question()
    ended = await asyncio.gather(
        *(agent.authorise(question) for _ in range(6)), return_exceptions=True
    )
    numbers = {each.commission_number for each in ended if not isinstance(each, FAILURES)}
    assert len(numbers) == 1
    assert await agent.column(TAKINGS) == [1]
    assert (await agent.authorise(question)).commission_number in numbers


async def test_a_yes_takes_three_statements_and_none_of_them_by_sqlalchemy(agent):
    await agent.authorise(await agent.question())
    question = await agent.question(slip=2)
    async with statements_of(agent.engine) as sent:
        await agent.authorise(question)
    assert sent.by_sqlalchemy == []
    opened, approved_by_network, authorised = sent.by_driver
    assert "INTO authorisations" in opened
    assert "INTO network_approvals" in approved_by_network
    assert "UPDATE authorisations" in authorised
