"""Payments, breakages, deaths and days in an order that nobody thought of (hypothesis).

A failing run prints its steps and, by hand, the seed that repeats it:
`python -m tests.journeys.test_random_interleavings --examples 200 --seed 7`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvloop
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.card_agent.clients.card_network import (
    ASK_NETWORK,
    REVERSE_WITH_NETWORK,
    SETTLE_WITH_NETWORK,
)
from services.payment_provider.clients.payers_bank import (
    BANK_RESULT,
    DECIDE_DEBIT,
    OPEN_BANK_SESSION,
    SETTLE_DEBIT,
    UNDO_DEBIT,
)
from services.payment_provider.domain.bank_books import SESSION_LIFETIME
from shared.kit.arrow import AnyArrow
from shared.kit.logs import set_up_logs
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.wire.card_authorisations import AUTHORISE_CARD, SETTLE_AUTHORISATION
from shared.wire.card_tokens import MAKE_CARD_TOKEN
from shared.wire.card_undoing import REPORT_PAYMENTS, UNDO_AUTHORISATION
from shared.wire.differences import UNDO_PAYMENT, PaymentUndoing, UndoPayment
from shared.wire.doors import CARD_AGENT, PAYMENT_PROVIDER, WARD_GATEWAY
from shared.wire.file_collection import AT_CARD_AGENT, AT_PROVIDER
from shared.wire.mobile_payments import (
    ACCEPT_TERMS,
    PAY_BY_BANK,
    PAY_BY_CARD,
    READ_PAYMENT,
    RETURN_FROM_BANK,
)
from shared.wire.sandbox_bank import DECIDE_AT_BANK
from simulation import cards
from simulation.payers import PaymentRefusedError
from tests.support.agreement import agree_at_any_moment, walk_and_agree
from tests.support.databases import Databases, Shelf, SuiteServer
from tests.support.deaths import BLOWS
from tests.support.hasty_payers import HastyPayers
from tests.support.network import Kind
from tests.support.world import World
from tests.support.worlds import Worlds

EXAMPLES, STEPS = 5, 14
"""In the suite; by hand more."""
ASKED: tuple[AnyArrow, ...] = (
    AUTHORISE_CARD,
    SETTLE_AUTHORISATION,
    ASK_NETWORK,
    SETTLE_WITH_NETWORK,
    UNDO_AUTHORISATION,
    REVERSE_WITH_NETWORK,
    UNDO_DEBIT,
    REPORT_PAYMENTS,
    OPEN_BANK_SESSION,
    DECIDE_DEBIT,
    BANK_RESULT,
    SETTLE_DEBIT,
    ACCEPT_TERMS,
    DECIDE_AT_BANK,
    RETURN_FROM_BANK,
    PAY_BY_CARD,
    PAY_BY_BANK,
    READ_PAYMENT,
    MAKE_CARD_TOKEN,
    *AT_PROVIDER.all,
    *AT_CARD_AGENT.all,
)
ENDS = {"accepted", "declined", "abandoned", "refused", "undone"}
NOT_UNDONE = {"payment_not_found", "payment_not_accepted", "receipt_confirmed"}
KINDS: tuple[Kind, ...] = (
    "question_lost",
    "answer_lost",
    "peer_down",
    "repeated",
    "overloaded",
    "delayed",
    "reordered",
    "killed_before_commit",
    "killed_after_commit",
)
BREAKAGE = st.tuples(st.sampled_from(ASKED), st.sampled_from(KINDS), st.integers(1, 4))
UNDOING = st.tuples(
    st.sampled_from((UNDO_AUTHORISATION, REVERSE_WITH_NETWORK, UNDO_DEBIT)),
    st.sampled_from(KINDS),
    st.integers(1, 4),
)
MEANS: tuple[cards.TestCard | None, ...] = (
    cards.GOOD_CARDS[0],
    None,
    cards.OVER_LIMIT_CARD,
    cards.EXPIRED_CARD,
)


class Payers_and_days(RuleBasedStateMachine):  # noqa: N801 - hypothesis prints this name
    """One world, lent for the length of a run."""

    worlds: Worlds
    runner: asyncio.Runner
    ends: Counter[str]
    """How payments ended, over all runs."""
    undos: Counter[str]
    """What came of asking to undo one, over all runs: undone, a code, or silence."""

    def __init__(self) -> None:
        super().__init__()
        self.lent: AbstractAsyncContextManager[World] = self.worlds.lend()
        self.world = self.do(self.lent.__aenter__())
        self.payers = HastyPayers(self.world.mesh.access, self.world.mesh.books, world=self.world)
        self.world.take_payers(self.payers)
        self.slips: list[Any] = []
        self.ended = False

    def do(self, something: Awaitable[Any]) -> Any:
        async def wrapped() -> Any:
            return await something

        return self.runner.run(wrapped())

    def hastily(self, something: Awaitable[Any]) -> Any:
        """Do something once; whoever gets no answer, or a no, goes away. Return what was told."""
        patience, self.world.mesh.access.patience_seconds = (
            self.world.mesh.access.patience_seconds,
            -1.0,
        )
        try:
            return self.do(something)
        except (PeerNotDone, PeerOutcomeUnknown, PaymentRefusedError):
            return "silence"
        except PeerRefused as refusal:
            if refusal.code not in NOT_UNDONE:  # not found: its question never arrived
                raise
            return refusal.code
        finally:
            self.world.mesh.access.patience_seconds = patience

    @initialize(means=st.sampled_from(MEANS[:2]), broken=BREAKAGE)
    def begin_with_a_payment(
        self, means: cards.TestCard | None, broken: tuple[AnyArrow, Kind, int]
    ) -> None:
        self.pay_a_new_slip_while_something_breaks(means, broken)

    @rule(means=st.sampled_from(MEANS), broken=BREAKAGE)
    def pay_a_new_slip_while_something_breaks(
        self, means: cards.TestCard | None, broken: tuple[AnyArrow, Kind, int]
    ) -> None:
        self.let_an_arrow_break(broken)
        self.pay_a_new_slip(means)

    @rule(means=st.sampled_from(MEANS))
    def pay_a_new_slip(self, means: cards.TestCard | None) -> None:
        self.slips.append(self.world.new_slip())
        self.hastily(self.payers.pay(self.world.attempt(self.slips[-1], means)))

    @precondition(lambda self: self.slips)
    @rule(means=st.sampled_from(MEANS), which=st.integers(0, 99))
    def pay_a_slip_again_under_another_id(self, means: cards.TestCard | None, which: int) -> None:
        slip = self.slips[which % len(self.slips)]
        self.hastily(self.payers.pay(self.world.attempt(slip, means)))

    @rule()
    def leave_the_bank(self) -> None:
        self.slips.append(self.world.new_slip())
        attempt = self.world.attempt(self.slips[-1], None, at_bank="leave")
        self.hastily(self.payers.pay(attempt))

    @rule(minutes=st.sampled_from([1, 16, 120]))
    def let_time_pass(self, minutes: int) -> None:
        self.world.heal()
        self.do(self.world.walk_to(self.world.now + timedelta(minutes=minutes)))

    @precondition(lambda self: self.payers.sent)
    @rule(which=st.integers(0, 99))
    def undo_a_payment(self, which: int) -> None:
        payment_id = self.payers.sent[which % len(self.payers.sent)].payment_id
        body = UndoPayment(fault="answer_lost")
        access = self.world.mesh.access
        answer = self.hastily(access.operate(UNDO_PAYMENT, body, payment_id=payment_id))
        outcome = answer.state if isinstance(answer, PaymentUndoing) else answer
        self.undos[outcome] += 1
        event(f"asked to undo: {outcome}")

    @initialize(means=st.sampled_from(MEANS[:2]), broken=UNDOING)
    def begin_with_an_undo(
        self, means: cards.TestCard | None, broken: tuple[AnyArrow, Kind, int]
    ) -> None:
        self.undo_what_was_just_paid_while_something_breaks(means, broken)

    @rule(means=st.sampled_from(MEANS[:2]), broken=UNDOING)
    def undo_what_was_just_paid_while_something_breaks(
        self, means: cards.TestCard | None, broken: tuple[AnyArrow, Kind, int]
    ) -> None:
        self.pay_a_new_slip(means)
        self.let_an_arrow_break(broken)
        if self.payers.sent:
            self.undo_a_payment(len(self.payers.sent) - 1)

    @precondition(lambda self: self.payers.sent)
    @rule(which=st.integers(0, 99))
    def send_a_payment_again(self, which: int) -> None:
        sent = self.payers.sent[which % len(self.payers.sent)]
        self.hastily(self.payers.send_again(sent))

    @rule()
    def ask_how_all_stand(self) -> None:
        self.hastily(self.payers.ask_again())

    @rule(broken=BREAKAGE)
    def let_an_arrow_break(self, broken: tuple[AnyArrow, Kind, int]) -> None:
        arrow, kind, times = broken
        self.world.net.break_arrow(arrow, kind, times=times, commit=times)

    @rule(service=st.sampled_from([PAYMENT_PROVIDER, CARD_AGENT, WARD_GATEWAY]))
    def kill(self, service: str) -> None:
        self.do(self.world.restart(service))

    @rule(
        service=st.sampled_from([PAYMENT_PROVIDER, CARD_AGENT, WARD_GATEWAY]),
        blow=st.sampled_from(BLOWS),
        commit=st.integers(1, 3),
    )
    def let_a_process_meet_its_end(self, service: str, blow: Any, commit: int) -> None:
        self.world.deaths.plan(service, blow, commit)

    @rule(jobs=st.sampled_from(["settle_card_payments", "settle_bank_payments", "settle_undos"]))
    def settle_at_the_provider(self, jobs: str) -> None:
        self.hastily(self.world.run_once(PAYMENT_PROVIDER, jobs))

    @rule()
    def settle_at_the_agent(self) -> None:
        self.hastily(self.world.run_once(CARD_AGENT, "settle_authorisations"))

    @rule()
    def let_late_questions_arrive(self) -> None:
        self.do(self.world.net.deliver_late())

    @rule()
    def collect(self) -> None:
        self.hastily(self.world.run_once(PAYMENT_PROVIDER, "build_receipts_files"))
        self.hastily(self.world.run_once(WARD_GATEWAY, "collect_leased_line"))

    @rule()
    def close_the_day(self) -> None:
        self.world.heal()
        self.do(self.world.next_morning())

    @invariant()
    def nobody_is_charged_twice_or_after_a_no(self) -> None:
        self.do(agree_at_any_moment(self.world))

    def teardown(self) -> None:
        """Come to rest, walk until all is paid, and let everybody agree; else end this world."""
        try:
            self.do(self._rest())
        except BaseException as error:
            self.do(self.lent.__aexit__(type(error), error, error.__traceback__))
            raise
        self.do(self.lent.__aexit__(None, None, None))

    async def _rest(self) -> None:
        self.world.heal()
        await self.world.net.deliver_late()
        await self.payers.come_back()
        await self.payers.ask_again()
        await self.world.walk_to(self.world.now + SESSION_LIFETIME + timedelta(seconds=1))
        await self.world.come_to_rest()
        await self.payers.look_at_all()
        await walk_and_agree(self.world)
        answers = dict(self.world.told)
        self.ends.update(answers[sent.payment_id] for sent in self.payers.sent)


@dataclass
class Played:
    """How payments ended, and what came of asking to undo one, over all runs."""

    ends: Counter[str] = field(default_factory=Counter)
    undos: Counter[str] = field(default_factory=Counter)


def play(machine: type[RuleBasedStateMachine], *, examples: int, seed: int | None) -> None:
    """Play so many runs of a machine; seed None: the same ones every time."""
    if seed is not None:
        machine = seeded(seed)(machine)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            derandomize=seed is None,
            database=None,
            deadline=None,
            phases=[Phase.generate],  # to shrink would need a new world for each attempt
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def run(
    server: SuiteServer, shelf: Shelf, folder: Path, *, examples: int, seed: int | None
) -> Played:
    """Play in worlds on a server's databases."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    databases = Databases(server.home, server.server, worker, shelf)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        worlds, played = Worlds(databases, folder, walk_and_agree), Played()
        with_all = {"worlds": worlds, "runner": runner} | vars(played)
        play(type("Machine", (Payers_and_days,), with_all), examples=examples, seed=seed)
        runner.run(worlds.close())
        runner.run(databases.close())
    return played


def test_random_interleavings_charge_nobody_twice(database_server, shelf, tmp_path):
    played = run(SuiteServer(*database_server), shelf, tmp_path, examples=EXAMPLES, seed=None)
    assert {"accepted", "declined", "undone"} <= played.ends.keys() <= ENDS
    assert played.undos["undone"] > 0, "at once"
    assert played.undos["undoing"] > 0, "broken off, and settled later"


def main() -> None:
    """Play by hand, on a server of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    chosen = parser.parse_args()
    set_up_logs("tests")
    logging.disable(logging.CRITICAL)  # the steps of a failing run are what there is to read
    suite = SuiteServer.prepare()
    suite.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            played = run(suite, Shelf(), Path(folder), examples=chosen.examples, seed=chosen.seed)
        ends, undos = dict(played.ends), dict(played.undos)
        sys.stderr.write(f"seed {chosen.seed} agrees: {ends}; asked to undo: {undos}\n")
    finally:
        suite.stop()


if __name__ == "__main__":
    main()
