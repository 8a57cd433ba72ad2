"""The operator door, the same in every organisation, over the test network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from shared.kit.clock import ClockMode, MeshClock, SystemClock
from shared.kit.clock_row import read_clock
from shared.kit.door_app import Door
from shared.kit.faults import Fault
from shared.kit.foundation import Foundation
from shared.kit.jobs import Job, registry
from shared.kit.logins import log_in
from shared.kit.operator_door import Operated, Peer, mount_operator
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from shared.kit.peer_names import Network
from shared.kit.standard_arrows import MoveClock, OperatorArrows, PlanFault, PutUser, RunJobs
from shared.kit.tokens import TokenIssuer
from tests.integration.shared.kit.things import TABLES, send
from tests.support.network import FAR_FUTURE, TestNetwork

ARROWS = OperatorArrows("shop")
MONDAY = datetime(2025, 6, 2, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def lines():
    """The lines that were logged."""
    with capture_logs() as captured:
        yield captured


class Shop:
    """An organisation that has nothing but an operator door."""

    def __init__(self, engine, clock, *, sandbox: bool = True) -> None:
        self.network = TestNetwork()
        self.foundation = Foundation(
            "shop", engine, clock, TokenIssuer("shop", b"k" * 64), TABLES, sandbox=sandbox
        )
        self.runs: list[object] = []
        self.keys: dict[str, list[str]] = {}

        async def count(resources: object) -> dict[str, int]:
            self.runs.append(resources)
            return {"things": len(self.runs)}

        async def resolve(key: str) -> list[str]:
            return self.keys.get(key, [])

        gone = self.network.client("shop", "nowhere", "leased_line")
        peers = {
            "myself": Peer("myself", self.client("operator"), ARROWS.whoami),
            "nowhere": Peer("nowhere", gone, ARROWS.whoami),
        }
        operated = Operated(registry(Job("count", count, "Counts things.")), peers, resolve)
        door = Door(self.foundation, self, "operator", ARROWS.all(), statuses={})
        mount_operator(door, ARROWS, operated, self)
        self.network.join("shop", "operator", door.app())

    def client(self, caller: str):
        return self.network.client(caller, "shop", "operator", Network.OPERATOR)


@pytest.fixture
def shop(engine, clock) -> Shop:
    return Shop(engine, clock)


@pytest.fixture
def operator(shop):
    return shop.client("operator")


async def test_health_says_both_times_and_the_sandbox(shop, operator):
    health = await operator.ask(ARROWS.health)
    assert (health.organisation, health.sandbox, health.business_at) == ("shop", True, MONDAY)
    assert health.machine_at > MONDAY


async def test_the_door_says_whom_it_sees(operator):
    seen = await operator.ask(ARROWS.whoami)
    assert (seen.caller, seen.network, seen.organisation, seen.door) == (
        "operator",
        "operator",
        "shop",
        "operator",
    )
    assert seen.certificate_not_after == FAR_FUTURE


async def test_a_monitor_may_look_and_not_touch(shop):
    monitor = shop.client("monitor")
    assert (await monitor.ask(ARROWS.health)).organisation == "shop"
    with pytest.raises(PeerOutcomeUnknown, match="caller_not_admitted"):
        await monitor.ask(ARROWS.run_job, name="count")
    with pytest.raises(PeerOutcomeUnknown, match="caller_not_admitted"):
        await monitor.ask(ARROWS.move_clock, MoveClock(instant=MONDAY + HOUR))
    assert (shop.runs, shop.foundation.clock.now()) == ([], MONDAY)


async def test_the_clock_moves_forwards_for_this_and_every_other_copy(operator, engine):
    moved = await operator.ask(ARROWS.move_clock, MoveClock(instant=MONDAY + HOUR))
    assert (moved.now, moved.mode) == (MONDAY + HOUR, ClockMode.FROZEN)
    copy = MeshClock(MONDAY)
    await read_clock(engine, TABLES.clock, copy)
    assert copy.now() == (await operator.ask(ARROWS.read_clock)).now == MONDAY + HOUR


async def test_the_same_instant_again_is_fine_and_backwards_is_refused(operator):
    for _ in range(2):
        await operator.ask(ARROWS.move_clock, MoveClock(instant=MONDAY + HOUR))
    with pytest.raises(PeerRefused) as caught:
        await operator.ask(ARROWS.move_clock, MoveClock(instant=MONDAY))
    assert caught.value.code == "clock_moved_backwards"
    assert (await operator.ask(ARROWS.read_clock)).now == MONDAY + HOUR


async def test_a_clock_can_be_let_go(operator):
    going = MoveClock(instant=MONDAY + HOUR, mode=ClockMode.RUNNING)
    moved = await operator.ask(ARROWS.move_clock, going)
    assert moved.mode is ClockMode.RUNNING
    assert (await operator.ask(ARROWS.read_clock)).now > moved.now >= MONDAY + HOUR


async def test_outside_the_sandbox_nothing_of_the_sandbox_is_there(engine):
    operator = Shop(engine, SystemClock(), sandbox=False).client("operator")
    assert (await operator.ask(ARROWS.health)).sandbox is False
    assert (await operator.ask(ARROWS.read_clock)).mode is ClockMode.RUNNING
    with pytest.raises(PeerOutcomeUnknown, match="405 method_not_allowed"):
        await operator.ask(ARROWS.move_clock, MoveClock(instant=MONDAY))
    with pytest.raises(PeerOutcomeUnknown, match="404 no_such_path"):
        await operator.ask(ARROWS.history, key="x")
    with pytest.raises(PeerOutcomeUnknown, match="404 no_such_path"):
        await operator.ask(ARROWS.plan_fault, PlanFault(arrow="x", moment="before"))


async def test_jobs_are_listed(operator):
    [job] = (await operator.ask(ARROWS.list_jobs)).jobs
    assert (job.name, job.about) == ("count", "Counts things.")


async def test_a_job_runs_while_the_question_waits(shop, operator):
    for count in (1, 2):
        ran = await operator.ask(ARROWS.run_job, name="count")
        assert (ran.name, ran.counts) == ("count", {"things": count})
    assert shop.runs == [shop, shop]


@pytest.mark.parametrize("name", ["unknown", "count ", "count/runs", "COUNT"])
async def test_a_job_that_is_unknown_does_not_run(shop, operator, name):
    with pytest.raises((PeerRefused, PeerOutcomeUnknown), match=r"job_unknown|no_such_path"):
        await operator.ask(ARROWS.run_job, name=name)
    assert shop.runs == []


async def test_one_question_moves_the_clock_and_runs_jobs_in_order(shop, operator):
    question = RunJobs(names=("count", "count"), instant=MONDAY + HOUR)
    answer = await operator.ask(ARROWS.run_jobs, question)
    assert [ran.name for ran in answer.ran] == ["count", "count"]
    assert len(shop.runs) == 2
    assert shop.foundation.clock.now() == MONDAY + HOUR


async def test_one_unknown_job_among_several_runs_none_and_moves_nothing(shop, operator):
    question = RunJobs(names=("count", "nothing"), instant=MONDAY + HOUR)
    with pytest.raises(PeerRefused) as caught:
        await operator.ask(ARROWS.run_jobs, question)
    assert caught.value.code == "job_unknown"
    assert (shop.runs, shop.foundation.clock.now()) == ([], MONDAY)


async def test_a_user_who_was_put_can_log_in(operator, engine):
    body = PutUser(door="intranet", municipality="131041", roles=("clerk",), password="x" * 12)
    for _ in range(2):
        assert (await operator.ask(ARROWS.put_user, body, user_id="sato")).user_id == "sato"
    login = await log_in(
        engine, TABLES.users, user_id="sato", password="x" * 12, door="intranet", purpose="session"
    )
    assert (login.municipality, login.roles) == ("131041", {"clerk"})


async def test_every_peer_is_asked_and_a_dead_one_is_an_answer(operator):
    alive, dead = (await operator.ask(ARROWS.peers)).checks
    assert (alive.peer, alive.ok, alive.detail) == ("myself", True, "seen as operator")
    assert (dead.peer, dead.ok) == ("nowhere", False)
    assert dead.detail.startswith("PeerNotDone")


async def test_a_records_moves_are_found_by_its_id_and_by_any_key(shop, operator, ward):
    thing, other = await ward.one(), await ward.one()
    async with ward.work() as work:
        await send(work, thing)
        await work.commit()
    shop.keys["4991191"] = [str(thing)]
    expected = [("", "made", "thing_made"), ("made", "sent", "thing_sent")]
    for key in (str(thing), "4991191"):
        lines = (await operator.ask(ARROWS.history, key=key)).lines
        assert [(line.from_state, line.to_state, line.event) for line in lines] == expected
        assert {(line.organisation, line.record, line.id) for line in lines} == {
            ("shop", "things", str(thing))
        }
    assert len((await operator.ask(ARROWS.history, key=str(other))).lines) == 1
    assert (await operator.ask(ARROWS.history, key="nobody")).lines == ()


async def test_a_planned_fault_loses_an_answer_that_was_given(shop, operator):
    plan = PlanFault(arrow=ARROWS.run_job.name, moment="after")
    assert (await operator.ask(ARROWS.plan_fault, plan)).arrow == "shop_run_job"
    with pytest.raises(PeerOutcomeUnknown):
        await operator.ask(ARROWS.run_job, name="count")
    assert len(shop.runs) == 1
    assert (await operator.ask(ARROWS.run_job, name="count")).counts == {"things": 2}
    assert shop.foundation.faults.planned == []


async def test_a_planned_fault_loses_a_question_that_was_never_read(shop, operator):
    shop.foundation.faults.plan(Fault(ARROWS.run_job.name, "before", times=2))
    for _ in range(2):
        with pytest.raises(PeerOutcomeUnknown):
            await operator.ask(ARROWS.run_job, name="count")
    assert shop.runs == []


async def test_refused_connections_are_told_by_door_and_reason(shop, operator):
    class Counted:
        def by_reason(self) -> dict[str, int]:
            return {"certificate_expired": 2}

    shop.foundation.refused_connections["leased_line"] = Counted()
    refused = await operator.ask(ARROWS.refused_connections)
    assert refused.doors == {"leased_line": {"certificate_expired": 2}}
