"""What the sandbox's card networks do, chosen in three ways: by number, by header, by rule."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.card_agent.domain.network_books import (
    DECLINE_REASONS,
    LOW_LIMIT_YEN,
    RESERVED_NUMBERS,
    IssuerOutcome,
)
from services.card_agent.resources import build_resources
from services.card_agent.usecases import authorise_card
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.wire.card_authorisations import AuthoriseCard
from shared.wire.card_tokens import MAKE_CARD_TOKEN, SCENARIO_HEADER, CardToken, MakeCardToken
from tests.integration.services.card_agent.conftest import (
    GOOD_CARD,
    OTHER_TOWN,
    STALE_AT_ONCE,
    TOWN,
    barcode,
)
from tests.integration.services.card_agent.test_card_tokens import BODY

DECLINING = "4000000000000002"
LOW_LIMIT_CARD = next(r.number for r in RESERVED_NUMBERS.values() if r.limit_yen == LOW_LIMIT_YEN)
TOLD = {
    "over_limit": "card_over_limit",
    "expired": "card_expired",
    "stolen": "card_refused",
    "refused": "card_refused",
    "issuer_down": "card_issuer_unavailable",
}
UNKNOWN = ("issuer_slow", "answer_lost")
TAKINGS = "SELECT count(*) FROM network_approvals WHERE outcome = 'approved'"
USED = "SELECT sum(used_yen)::int FROM network_cards"
RULE_USES = "SELECT used FROM sandbox_rule_uses"
REASONS = "SELECT reason FROM network_approvals"
SOON = 0.2  # machine seconds after which the agent gives a network up


@pytest.fixture
def impatient(agent):
    """The agent with a short deadline towards the networks; silence is stale at once."""
    agent.settings = agent.settings.model_copy(update={"network_deadline_seconds": SOON})
    agent.start_new_process(**STALE_AT_ONCE)
    return agent


@dataclass
class Rules:
    """Starts new processes of the agent whose networks follow a rule file."""

    agent: Any
    folder: Any

    def follow(self, *rules: dict[str, object]) -> None:
        named = [{"name": f"rule-{n}", "match": {}} | rule for n, rule in enumerate(rules)]
        path = self.folder / "rules.json"
        path.write_text(json.dumps(named), "utf-8")
        self.agent.settings = self.agent.settings.model_copy(update={"sandbox_rules": path})
        self.agent.start_new_process(asking_for=timedelta(0))


@pytest.fixture
def rules(agent, tmp_path) -> Rules:
    return Rules(agent, tmp_path)


async def token(agent, scenario: str | None, **changes) -> CardToken:
    question = MakeCardToken.model_validate(BODY | changes)
    headers = {} if scenario is None else {SCENARIO_HEADER: scenario}
    return await agent.payer.ask(MAKE_CARD_TOKEN, question, headers=headers)


async def question(
    agent, scenario: str | None = None, card: str = GOOD_CARD, **changes
) -> AuthoriseCard:
    made = await token(agent, scenario, card_number=card, **changes)
    asked = await agent.question()
    return asked.model_copy(update={"card_token": made.card_token})


async def end_of(agent, asked: AuthoriseCard) -> str:
    """Return how an authorisation ends: approved, a refusal's code, or unknown."""
    try:
        await agent.authorise(asked)
    except PeerRefused as refused:
        return refused.code
    except PeerOutcomeUnknown:
        return "unknown"
    return "approved"


def by_number(outcome: str) -> list[str]:
    return [r.number for r in RESERVED_NUMBERS.values() if r.outcome == IssuerOutcome(outcome)]


@pytest.mark.parametrize(("outcome", "code"), TOLD.items())
async def test_each_no_can_be_had_by_number_by_header_and_by_rule(agent, rules, outcome, code):
    for number in by_number(outcome):
        assert await end_of(agent, await question(agent, card=number)) == code
    assert await end_of(agent, await question(agent, outcome)) == code
    rules.follow({"outcome": outcome})
    asked = await question(agent)
    assert [await end_of(agent, asked), await end_of(agent, asked)] == [code, code]
    settled = await agent.settle(asked.authorisation_id)
    assert (settled.outcome, settled.reason) == ("declined", code)
    assert set(await agent.column(REASONS)) == {DECLINE_REASONS[IssuerOutcome(outcome)]}
    assert await agent.column(TAKINGS) == [0]


@pytest.mark.parametrize("outcome", UNKNOWN)
@pytest.mark.parametrize("way", ["number", "header", "rule"])
async def test_each_silence_is_unknown_and_settles_as_approved(impatient, rules, outcome, way):
    if way == "rule":
        rules.follow({"outcome": outcome})
    card = by_number(outcome)[0] if way == "number" else GOOD_CARD
    asked = await question(impatient, outcome if way == "header" else None, card)
    assert await end_of(impatient, asked) == "unknown"
    assert await impatient.column(TAKINGS) == [1]
    settled = await impatient.settle(asked.authorisation_id)
    assert settled.outcome == "authorised"
    assert await end_of(impatient, asked) == "approved"
    assert await impatient.column(TAKINGS) == [1]
    assert await impatient.column(USED) == [33_138 + 385]


async def test_a_slow_issuer_is_unknown_and_settles_as_approved(impatient):
    """By the job, in a new process: what the network has decided is in its own books."""
    asked = await question(impatient, "issuer_slow")
    assert await end_of(impatient, asked) == "unknown"
    impatient.start_new_process(**STALE_AT_ONCE)
    counts = await impatient.run("settle_authorisations")
    assert (counts["authorised"], counts["network_unknown"]) == (1, 0)
    yes = await impatient.authorise(asked)
    assert yes.authorised_at == datetime(2025, 6, 2, 1, 0, tzinfo=UTC)


async def test_a_stolen_card_is_told_as_refused_and_the_network_knows_why(agent):
    assert await end_of(agent, await question(agent, "stolen")) == "card_refused"
    assert await agent.column(REASONS) == ["card_stolen"]


async def test_after_an_issuer_was_down_the_same_card_can_pay_with_a_new_token(agent):
    assert await end_of(agent, await question(agent, "issuer_down")) == "card_issuer_unavailable"
    assert await end_of(agent, await question(agent)) == "approved"


async def test_a_scenario_belongs_to_its_token_and_not_to_its_card(agent):
    refused, plain = await question(agent, "refused"), await question(agent)
    assert await end_of(agent, plain) == "approved"
    assert await end_of(agent, refused) == "card_refused"
    kept = await agent.column("SELECT scenario FROM card_tokens WHERE authorisation_id IS NOT NULL")
    assert sorted(map(str, kept)) == ["None", "refused"]


async def test_a_scenario_comes_before_a_rule_and_a_rule_before_a_number(agent, rules):
    rules.follow({"outcome": "over_limit"})
    assert await end_of(agent, await question(agent, "expired", DECLINING)) == "card_expired"
    assert await end_of(agent, await question(agent, None, DECLINING)) == "card_over_limit"
    rules.follow()
    assert await end_of(agent, await question(agent, None, DECLINING)) == "card_refused"


async def test_a_limit_decides_last_and_a_forced_yes_raises_it(agent, rules):
    for scenario, end in ((None, "card_over_limit"), ("approve", "approved")):
        made = await token(agent, scenario, card_number=LOW_LIMIT_CARD, amount_yen=60_000)
        asked = await agent.question(amount_yen=60_000)
        asked = asked.model_copy(update={"card_token": made.card_token})
        assert await end_of(agent, asked) == end
    assert await agent.column("SELECT limit_yen FROM network_cards") == [60_385]
    rules.follow({"outcome": "approve"})
    assert await end_of(agent, await question(agent, None, DECLINING)) == "approved"


async def test_a_card_that_expires_before_it_is_asked_about_is_declined_or_forced(agent):
    until_june = {"expiry_year": 2025, "expiry_month": 6}
    plain = await question(agent, **until_june)
    forced = await question(agent, "approve", **until_june)
    agent.move_to(datetime(2025, 7, 1, tzinfo=UTC))
    assert await end_of(agent, plain) == "card_expired"
    assert await end_of(agent, forced) == "approved"


async def test_the_low_limit_is_really_consumed(agent):
    ends = [await end_of(agent, await question(agent, None, LOW_LIMIT_CARD)) for _ in range(2)]
    assert ends == ["approved", "card_over_limit"]
    assert await agent.column("SELECT used_yen FROM network_cards") == [33_523]


async def test_two_questions_at_once_cannot_share_the_rest_of_a_limit(agent):
    asked = [await question(agent, None, LOW_LIMIT_CARD) for _ in range(4)]
    ends = await asyncio.gather(*(end_of(agent, each) for each in asked))
    assert sorted(ends) == ["approved", *["card_over_limit"] * 3]


@pytest.mark.parametrize(
    ("match", "fitting", "other"),
    [
        ({"municipality": TOWN}, {}, {"town": OTHER_TOWN}),
        ({"amount_yen": [33_000, 34_000]}, {}, {"amount_yen": 34_001}),
        ({"barcode": barcode(7)}, {"slip": 7}, {"slip": 8}),
        ({"brand": "JCB"}, {"card": "3530111333300000"}, {}),
    ],
)
async def test_a_rule_is_about_the_questions_that_it_describes(agent, rules, match, fitting, other):
    rules.follow({"match": match, "outcome": "refused"})
    assert await end_of(agent, await agent.question(**fitting)) == "card_refused"
    assert await end_of(agent, await agent.question(**other)) == "approved"


async def test_a_rule_about_a_time_of_day_follows_business_time(agent, rules):
    rules.follow({"match": {"time": ["10:00", "10:30"]}, "outcome": "refused"})
    ends = []
    for _ in range(2):
        ends.append(await end_of(agent, await question(agent)))
        agent.move_to(agent.clock.now() + timedelta(minutes=30))
    assert ends == ["card_refused", "approved"]


async def test_the_first_rule_that_fits_is_used_and_a_used_up_one_is_passed_over(agent, rules):
    rules.follow({"outcome": "refused", "times": 1}, {"outcome": "over_limit", "times": 1})
    ends = [await end_of(agent, await question(agent)) for _ in range(3)]
    assert ends == ["card_refused", "card_over_limit", "approved"]


async def test_a_rule_for_some_questions_is_counted_once_across_two_copies(agent, rules):
    rules.follow({"outcome": "refused", "times": 3})
    ends = []
    for _ in range(2):
        asked = [await question(agent) for _ in range(4)]
        ends += await asyncio.gather(*(end_of(agent, each) for each in asked))
        agent.start_new_process()
    assert sorted(ends) == [*["approved"] * 5, *["card_refused"] * 3]
    assert await agent.column(RULE_USES) == [3]


async def test_a_repeated_question_does_not_use_a_rule_again(agent, rules):
    rules.follow({"outcome": "refused", "times": 2})
    asked = await question(agent)
    assert [await end_of(agent, asked) for _ in range(3)] == ["card_refused"] * 3
    assert await agent.column(RULE_USES) == [1]


async def test_an_answer_within_the_deadline_may_be_late_and_beyond_it_is_unknown(impatient, rules):
    rules.follow(
        {"outcome": "refused", "delay_seconds": 0.01, "times": 1},
        {"outcome": "refused", "delay_seconds": 60},
    )
    assert await end_of(impatient, await question(impatient)) == "card_refused"
    asked = await question(impatient)
    assert await end_of(impatient, asked) == "unknown"
    settled = await impatient.settle(asked.authorisation_id)
    assert (settled.outcome, settled.reason) == ("declined", "card_refused")


@pytest.mark.parametrize("scenario", ["", "perhaps", "Approve"])
async def test_an_unknown_scenario_is_refused_before_anything_is_kept(agent, scenario):
    with pytest.raises(PeerRefused) as refused:
        await token(agent, scenario)
    assert refused.value.code == "scenario_unknown"
    assert await agent.column("SELECT id FROM card_tokens") == []
    assert len(agent.resources.card_memory) == 0


async def test_a_scenario_on_another_question_is_refused_and_not_ignored(agent):
    asked = await agent.question()
    answer = await agent.provider.http.post(
        "https://leased_line.test/authorisations",
        json=asked.model_dump(mode="json"),
        headers={SCENARIO_HEADER: "refused"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "scenario_not_taken")
    assert await agent.column("SELECT id FROM authorisations") == []


async def test_outside_the_sandbox_a_network_is_told_no_scenario_and_no_barcode(agent):
    question_of = authorise_card._network_question
    asked = await agent.question()
    card = agent.resources.card_memory._cards.copy().popitem()[1][0]
    async with agent.resources.open_unit_of_work() as work:
        (hash_,) = await agent.column("SELECT token_hash FROM card_tokens")
        kept = await work.card_tokens.find_locked(hash_)
    chosen = replace(kept, scenario=IssuerOutcome.REFUSED)
    own = authorise_card.AuthorisationQuestion(
        asked.authorisation_id, TOWN, asked.barcode, Yen(33_138), Yen(385), hash_
    )
    told = [
        question_of(own, card, chosen, replace(agent.resources.asking, sandbox=sandbox))
        for sandbox in (True, False)
    ]
    assert [t.scenario for t in told] == ["refused", None]
    assert [t.barcode for t in told] == [asked.barcode, None]


def test_rules_have_no_place_outside_the_sandbox(agent, tmp_path):
    network = {"url": "https://network.test", "server_name": "n", "authority": tmp_path / "ca"}
    outside = agent.settings.model_dump() | {
        "sandbox": False,
        "card_network": network,
        "sandbox_rules": tmp_path / "rules.json",
    }
    with pytest.raises(ValueError, match="sandbox_rules is for sandbox mode only"):
        type(agent.settings).model_validate(outside)


def test_a_rule_file_with_a_fault_stops_the_start(agent, rules):
    with pytest.raises(ValueError, match="rule 1: outcome has no such value"):
        rules.follow({"outcome": "perhaps"})


async def test_a_card_that_another_copy_holds_is_unknown_here(agent):
    """Two copies are alive over one database; only the one that took the number has it."""
    asked = await question(agent)
    first = agent.resources
    agent.resources = build_resources(agent.settings, engine=agent.engine, clock=agent.clock)
    agent.open_doors()
    assert await end_of(agent, asked) == "card_token_unknown"
    assert await agent.column(TAKINGS) == [0]
    settled = await agent.settle(asked.authorisation_id)
    assert (settled.outcome, settled.reason) == ("declined", "card_token_unknown")
    assert len(first.card_memory) == 2  # this one, and the one of `agent.question`
    agent.resources = first
    agent.open_doors()
    assert await end_of(agent, asked) == "card_token_unknown"
    fresh = asked.model_copy(update={"authorisation_id": new_id()})
    assert await end_of(agent, fresh) == "approved"
    assert await agent.column(TAKINGS) == [1]
