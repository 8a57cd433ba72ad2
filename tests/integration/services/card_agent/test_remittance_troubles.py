"""Late, partial, short and unreported remittances, chargebacks, and an agent that no law allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.card_agent.app import create_app
from services.card_agent.domain.contracts import Contracts
from shared.files.nofu_jutaku_hokoku import CommissionStatus
from shared.kit.clock import tokyo_time
from shared.kit.ids import new_id
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.card_authorisations import LIST_COMMISSIONS
from shared.wire.sandbox_books import CARD_NETWORK_BOOKS
from shared.wire.sandbox_remittances import CHARGE_BACK, PLAN_TROUBLE, ChargeBack, PlanTrouble
from tests.integration.services.card_agent.conftest import OTHER_TOWN, TOWN

DUE, NEXT = date(2025, 6, 9), date(2025, 6, 10)
AMOUNTS = (33_138, 1_923)


async def _pay(agent) -> None:
    for slip, amount in enumerate(AMOUNTS):
        await agent.authorise(await agent.question(slip=slip, amount_yen=amount))


async def _plan(agent, kind: str, town: str = TOWN, day: date = DUE, **amount: int):
    body = PlanTrouble(municipality=town, value_date=day, kind=kind, **amount)
    return await agent.operator().ask(PLAN_TROUBLE, body)


async def _morning(agent, day: date) -> None:
    agent.move_to(tokyo_time(day, 7))
    await agent.run("write_transfer_orders")
    await agent.run("build_agent_reports")


async def _ordered(agent, day: date) -> list[int]:
    return [int(order.amount_yen) for order in await agent.orders(day)]


async def _told(agent) -> dict[int, CommissionStatus]:
    """Return the newest status of each commission, by its yen, over all reports."""
    found = {}
    for file in sorted(await agent.files(), key=lambda f: f.sequence):
        found |= {int(line.amount_yen): line.status for line in await agent.report(file)}
    return found


async def test_a_late_remittance_is_paid_whole_some_business_days_later(agent) -> None:
    await _pay(agent)
    await _plan(agent, "late", business_days=3)
    for day in (DUE, NEXT, date(2025, 6, 11)):
        await _morning(agent, day)
        assert await _ordered(agent, day) == []
    await _morning(agent, date(2025, 6, 12))
    assert await _ordered(agent, date(2025, 6, 12)) == [sum(AMOUNTS)]
    assert set((await _told(agent)).values()) == {CommissionStatus.LATE}


async def test_a_partial_remittance_leaves_the_rest_to_the_next_order(agent) -> None:
    await _pay(agent)
    await _plan(agent, "partial", commissions=1)
    await _morning(agent, DUE)
    await _morning(agent, NEXT)
    first, rest = await _ordered(agent, DUE), await _ordered(agent, NEXT)
    assert sorted([*first, *rest]) == sorted(AMOUNTS)
    told = await _told(agent)
    assert told[first[0]] is CommissionStatus.REMITTED
    assert told[rest[0]] is CommissionStatus.LATE


async def test_a_short_remittance_says_that_it_was_whole(agent) -> None:
    await _pay(agent)
    await _plan(agent, "short", yen=61)
    await _morning(agent, DUE)
    await _morning(agent, NEXT)
    assert (await _ordered(agent, DUE), await _ordered(agent, NEXT)) == ([sum(AMOUNTS) - 61], [])
    assert set((await _told(agent)).values()) == {CommissionStatus.REMITTED}


async def test_an_unreported_commission_is_paid_and_stands_in_no_report(agent) -> None:
    await _pay(agent)
    await _plan(agent, "unreported", commissions=1)
    for day in (date(2025, 6, 3), DUE, NEXT):
        await _morning(agent, day)
    assert await _ordered(agent, DUE) == [sum(AMOUNTS)]
    assert len(await _told(agent)) == 1


async def test_a_trouble_is_one_towns_alone(agent) -> None:
    await _pay(agent)
    await _plan(agent, "late", OTHER_TOWN, business_days=3)
    await _morning(agent, DUE)
    assert await _ordered(agent, DUE) == [sum(AMOUNTS)]


async def test_a_trouble_is_planned_once_and_never_for_an_order_that_is_gone(agent) -> None:
    planned = await _plan(agent, "short", yen=61)
    assert await _plan(agent, "short", yen=61) == planned
    await _pay(agent)
    await _morning(agent, DUE)
    for kind, amount, code in (
        ("short", {"yen": 62}, "trouble_planned_already"),
        ("late", {"business_days": 1}, "order_written"),
    ):
        with pytest.raises(PeerRefused) as refused:
            await _plan(agent, kind, **amount)
        assert refused.value.code == code
    with pytest.raises(PeerRefused) as refused:
        await _plan(agent, "late", "999999", business_days=1)
    assert refused.value.code == "municipality_unknown"
    await _plan(agent, "unreported", commissions=1)


@pytest.mark.parametrize(
    "fields", [{}, {"yen": 5}, {"business_days": 1, "yen": 5}, {"business_days": 0}]
)
def test_a_trouble_says_what_its_kind_needs_and_nothing_else(fields) -> None:
    with pytest.raises(ValueError, match=r"late|greater"):
        PlanTrouble(municipality=TOWN, value_date=DUE, kind="late", **fields)


async def test_a_chargeback_is_written_once_and_undoes_nothing(agent) -> None:
    question = await agent.question()
    yes = await agent.authorise(question)
    body = ChargeBack(authorisation_id=yes.authorisation_id)
    done = await agent.operator().ask(CHARGE_BACK, body)
    agent.move_to(tokyo_time(date(2025, 6, 3)))
    assert await agent.operator().ask(CHARGE_BACK, body) == done
    assert await agent.authorise(question) == yes
    listed = await agent.provider.ask(LIST_COMMISSIONS, query={"day": "2025-06-02"})
    assert [c.authorisation_id for c in listed.commissions] == [yes.authorisation_id]
    await _morning(agent, DUE)
    assert await _ordered(agent, DUE) == [33_138]
    books = await agent.operator().ask(CARD_NETWORK_BOOKS)
    assert [line.reference for line in books.lines] == [yes.authorisation_id]


async def test_what_is_no_commission_cannot_be_charged_back(agent) -> None:
    with pytest.raises(PeerRefused) as refused:
        await agent.operator().ask(CHARGE_BACK, ChargeBack(authorisation_id=new_id()))
    assert refused.value.code == "nothing_to_charge_back"


async def test_nothing_goes_wrong_on_purpose_outside_the_sandbox(agent) -> None:
    foundation = replace(agent.resources.foundation, sandbox=False)
    resources = replace(agent.resources, foundation=foundation)
    agent.net.join("card_agent", "operator", create_app(resources, "operator"))
    with pytest.raises(PeerOutcomeUnknown, match="404"):
        await _plan(agent, "late", business_days=1)


async def test_an_agent_that_was_never_designated_takes_neither_card_nor_commission(agent) -> None:
    question = await agent.question()
    old = agent.resources.contracts
    undesignated = Contracts(
        {town: replace(old.of(town), trustee_from=None) for town in old.municipalities()}
    )
    agent.resources = replace(agent.resources, contracts=undesignated)
    agent.open_doors()
    with pytest.raises(PeerRefused) as refused:
        await agent.token()
    assert refused.value.code == "agent_not_designated"
    with pytest.raises(PeerRefused) as refused:
        await agent.authorise(question)
    assert refused.value.code == "agent_not_designated"
    assert await agent.column("SELECT state FROM authorisations") == []


async def test_what_was_commissioned_is_answered_again_though_the_designation_ended(agent) -> None:
    question = await agent.question()
    yes = await agent.authorise(question)
    old = agent.resources.contracts
    ended = Contracts({t: replace(old.of(t), trustee_from=None) for t in old.municipalities()})
    agent.resources = replace(agent.resources, contracts=ended)
    agent.open_doors()
    assert await agent.authorise(question) == yes
