"""The leased-line door: a card is asked about once, and one id has one answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.kit.clock import tokyo_time
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.card_authorisations import LIST_COMMISSIONS
from tests.integration.services.card_agent.conftest import OTHER_TOWN, TOWN, barcode

TAKINGS = "SELECT reference FROM network_approvals WHERE outcome = 'approved'"


async def _refusal(awaitable) -> str:
    with pytest.raises(PeerRefused) as refused:
        await awaitable
    return refused.value.code


async def test_a_yes_is_a_commission_with_its_designated_date(agent) -> None:
    question = await agent.question()
    yes = await agent.authorise(question)
    assert yes.authorisation_id == question.authorisation_id
    assert yes.brand == "VISA"
    assert yes.authorised_at == datetime(2025, 6, 2, 1, 0, tzinfo=UTC)
    assert yes.designated_date == date(2025, 6, 9)  # five bank business days
    assert yes.commission_number.startswith("20250602")
    assert await agent.column(TAKINGS) == [question.authorisation_id]


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("4000000000009995", "card_over_limit"),
        ("4000000000000069", "card_expired"),
        ("4000000000000002", "card_refused"),
        ("4000000000009979", "card_refused"),
    ],
)
async def test_the_network_declines_for_its_own_reasons(agent, card, code) -> None:
    question = await agent.question(card)
    assert await _refusal(agent.authorise(question)) == code
    assert await _refusal(agent.authorise(question)) == code
    settled = await agent.settle(question.authorisation_id)
    assert (settled.outcome, settled.reason) == ("declined", code)
    assert await agent.column(TAKINGS) == []


@pytest.mark.parametrize(
    "card",
    [
        "5555555555554444",
        "2223003122003222",
        "3530111333300000",
        "378282246310005",
        "30569309025904",
    ],
)
async def test_every_brand_can_pay(agent, card) -> None:
    yes = await agent.authorise(await agent.question(card))
    assert yes.brand in {"MASTERCARD", "JCB", "AMEX", "DINERS"}


async def test_the_limit_bears_the_fee_and_the_books_show_the_premium(agent) -> None:
    await agent.authorise(await agent.question(fee_yen=385))
    assert await agent.column("SELECT used_yen FROM network_cards") == [33_138 + 385]
    assert await agent.column("SELECT premium_yen FROM network_approvals") == [33_138]


async def test_a_card_that_is_used_up_is_over_its_limit(agent) -> None:
    await agent.authorise(await agent.question())
    async with agent.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE network_cards SET limit_yen = 34000")
    assert await _refusal(agent.authorise(await agent.question())) == "card_over_limit"


async def test_the_same_question_gets_the_stored_answer(agent) -> None:
    question = await agent.question()
    first = await agent.authorise(question)
    agent.move_to(agent.clock.now() + timedelta(days=3))
    assert await agent.authorise(question) == first
    agent.start_new_process()
    assert await agent.authorise(question) == first
    assert len(await agent.column(TAKINGS)) == 1


@pytest.mark.parametrize(
    "changes",
    [{"fee_yen": Yen(0)}, {"barcode": barcode(9)}, {"card_token": "x"}, {"amount_yen": Yen(1)}],
)
async def test_an_id_with_another_question_is_refused(agent, changes) -> None:
    question = await agent.question()
    await agent.authorise(question)
    other = question.model_copy(update=changes)
    assert await _refusal(agent.authorise(other)) == "authorisation_id_reused"


async def test_the_same_question_twice_at_once_charges_once(agent) -> None:
    question = await agent.question()
    answers = await asyncio.gather(
        *(agent.authorise(question) for _ in range(4)), return_exceptions=True
    )
    yes = [a for a in answers if not isinstance(a, Exception)]
    assert len(yes) >= 1
    assert all(isinstance(a, PeerOutcomeUnknown) for a in answers if isinstance(a, Exception))
    assert len(await agent.column(TAKINGS)) == 1


async def test_a_token_serves_one_authorisation(agent) -> None:
    question = await agent.question()
    await agent.authorise(question)
    again = question.model_copy(update={"authorisation_id": new_id()})
    assert await _refusal(agent.authorise(again)) == "card_token_used"


async def test_two_authorisations_at_once_cannot_share_a_token(agent) -> None:
    question = await agent.question()
    questions = [question.model_copy(update={"authorisation_id": new_id()}) for _ in range(4)]
    answers = await asyncio.gather(*map(agent.authorise, questions), return_exceptions=True)
    codes = [a.code for a in answers if isinstance(a, PeerRefused)]
    assert codes == ["card_token_used"] * 3
    assert len(await agent.column(TAKINGS)) == 1


async def test_a_number_that_this_process_has_lost_charges_nothing(agent) -> None:
    question = await agent.question()
    agent.start_new_process()
    assert await _refusal(agent.authorise(question)) == "card_token_unknown"
    settled = await agent.settle(question.authorisation_id)
    assert (settled.outcome, settled.reason) == ("declined", "card_token_unknown")
    assert await agent.column(TAKINGS) == []


async def test_a_no_lasts_even_where_the_number_is_still_known(agent) -> None:
    """Another copy of the card agent said no: this copy must not say yes to the same id."""
    question = await agent.question()
    first_copy = agent.resources
    agent.start_new_process()
    assert await _refusal(agent.authorise(question)) == "card_token_unknown"
    agent.resources = first_copy
    agent.open_doors()
    assert await _refusal(agent.authorise(question)) == "card_token_unknown"
    fresh = question.model_copy(update={"authorisation_id": new_id()})
    assert (await agent.authorise(fresh)).brand == "VISA"


async def test_an_expired_token_is_unknown(agent) -> None:
    question = await agent.question()
    async with agent.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE card_tokens SET expires_at = made_at")
    assert await _refusal(agent.authorise(question)) == "card_token_unknown"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_yen": Yen(33_139), "barcode": barcode(1, 33_139)}, "amount_differs"),
        ({"barcode": barcode(1, 33_139)}, "amount_differs"),
        ({"barcode": "9" * 44}, "amount_differs"),
        ({"municipality": "999999"}, "municipality_unknown"),
        ({"municipality": OTHER_TOWN}, "card_token_unknown"),
        ({"card_token": "never handed out"}, "card_token_unknown"),
    ],
)
async def test_a_token_is_bound_to_municipality_and_amount(agent, changes, code) -> None:
    question = (await agent.question()).model_copy(update=changes)
    assert await _refusal(agent.authorise(question)) == code
    assert await agent.column(TAKINGS) == []


async def test_commission_numbers_hang_on_the_slip_and_not_on_random_ids(agent) -> None:
    numbers = [
        (await agent.authorise(await agent.question(slip=slip))).commission_number
        for slip in (1, 2, 1)
    ]
    assert len(set(numbers)) == 3
    assert numbers[0] == "202506025537fc202bbb"


async def test_the_day_s_commissions_are_listed_by_id(agent) -> None:
    ids = []
    for slip, town in enumerate((TOWN, OTHER_TOWN, TOWN)):
        question = await agent.question(slip=slip, town=town)
        ids.append((await agent.authorise(question)).authorisation_id)
    ids.sort()
    with pytest.raises(PeerRefused):
        await agent.authorise(await agent.question("4000000000000002"))
    listed = await agent.provider.ask(LIST_COMMISSIONS, query={"day": "2025-06-02"})
    assert [c.authorisation_id for c in listed.commissions] == ids
    assert listed.next_after is None
    query = {"day": "2025-06-02", "after": str(ids[0])}
    rest = await agent.provider.ask(LIST_COMMISSIONS, query=query)
    assert [c.authorisation_id for c in rest.commissions] == ids[1:]
    other_day = await agent.provider.ask(LIST_COMMISSIONS, query={"day": "2025-06-03"})
    assert other_day.commissions == ()


async def test_what_could_not_be_paid_over_is_refused_before_the_network(agent) -> None:
    agent.move_to(tokyo_time(date(2027, 12, 23)))
    late = await agent.question()
    for _ in range(2):
        assert await _refusal(agent.authorise(late)) == "bank_days_unknown"
    assert await agent.column(TAKINGS) == await agent.column("SELECT id FROM authorisations") == []


async def test_the_last_commission_that_the_calendar_covers_is_taken(agent) -> None:
    agent.move_to(tokyo_time(date(2027, 12, 22), 23, 59))
    yes = await agent.authorise(await agent.question())
    assert yes.designated_date == date(2027, 12, 29)
