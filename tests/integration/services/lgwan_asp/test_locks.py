"""Wrong confirmation numbers: locks of keys, operators who open them, and banks that guess."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date

import pytest
import pytest_asyncio

from shared.kit.clock import tokyo_time
from shared.kit.peer import PeerNotDone, PeerRefused
from shared.wire.centre_operation import (
    LIST_CENTRE_EXCEPTIONS,
    UNLOCK_KEY,
    KeyUnlocked,
    UnlockKey,
)
from tests.integration.services.lgwan_asp.conftest import WARD_A, WARD_B, Centre, Slip, billing_file

TUESDAY, WEDNESDAY = date(2025, 6, 3), date(2025, 6, 4)


def _wrong(slip: Slip, by: int = 1) -> str:
    return f"{(int(slip.confirmation_number) + by) % 10_000:04d}"


async def _guess(centre: Centre, slip: Slip, times: int = 1, bank: str = "0001") -> list[str]:
    return [
        (await centre.inquire(slip, bank, confirmation_number=_wrong(slip))).result
        for _ in range(times)
    ]


async def _unlock(centre: Centre, slip: Slip, bank: str = "0001") -> KeyUnlocked:
    question = UnlockKey(
        institution_number=slip.ward.institution,
        payment_number=slip.payment_number,
        category="341",
        bank_code=bank,
        reason="payer_identified",
        document_number="2025-0042",
    )
    return await centre.operator().ask(UNLOCK_KEY, question)


async def _open_codes(centre: Centre) -> list[tuple[str, str]]:
    page = await centre.operator().ask(LIST_CENTRE_EXCEPTIONS)
    return sorted((each.code, each.subject) for each in page.exceptions)


class Pause:
    """The slow lane's pause, without waiting: notes who waits, and holds them while it is shut."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrivals: asyncio.Queue[float] = asyncio.Queue()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.arrivals.put_nowait(seconds)
        await self.gate.wait()


@pytest.fixture
def settings(settings):
    """Ward A's service day begins at 03:00; a bank is slow from the sixth wrong number."""
    contracts = [WARD_A.contract() | {"service_day_start": "03:00"}, WARD_B.contract()]
    settings.contracts_file.write_text(json.dumps(contracts), encoding="utf-8")
    return settings.model_copy(update={"slow_after_wrong": 12, "slow_share_percent": 50})


@pytest_asyncio.fixture
async def pause(centre: Centre) -> AsyncIterator[Pause]:
    """Put in the place of the machine's clock; whoever still waits at the end is let go."""
    made = Pause()
    centre.resources.slow_lane.pause = made
    yield made
    made.gate.set()


async def test_a_lock_ends_at_the_next_service_day(centre: Centre):
    await centre.publish(Slip(1))
    assert await _guess(centre, Slip(1), 11) == ["11"] * 10 + ["12"]
    centre.at(WEDNESDAY, 2, 59)
    assert (await centre.inquire(Slip(1))).result == "12"
    centre.at(WEDNESDAY, 3)
    assert (await centre.inquire(Slip(1))).result == "00"


async def test_a_lock_at_one_bank_is_none_at_another(centre: Centre):
    await centre.publish(Slip(1), Slip(2))
    await _guess(centre, Slip(1), 10)
    assert (await centre.inquire(Slip(1))).result == "12"
    assert (await centre.inquire(Slip(1), "0002")).result == "00"
    assert (await centre.inquire(Slip(2))).result == "00"


async def test_an_operator_unlocks_with_a_reason_and_a_document(centre: Centre):
    await centre.publish(Slip(1))
    await _guess(centre, Slip(1), 10)
    await _guess(centre, Slip(1), 10, "0002")
    unlocked = await _unlock(centre, Slip(1))
    assert (unlocked.wrong_numbers, unlocked.unlocked_at) == (10, centre.clock.now())
    assert (await centre.inquire(Slip(1))).result == "00"
    assert (await centre.inquire(Slip(1), "0002")).result == "12"
    written = "SELECT reason, document_number, unlocked_by, wrong_numbers, bank_code FROM unlocks"
    assert await centre.rows(written) == [("payer_identified", "2025-0042", "operator", 10, "0001")]
    audited = "SELECT actor, details FROM audit WHERE action = 'key_unlocked'"
    details = {"reason": "payer_identified", "document_number": "2025-0042"}
    assert await centre.rows(audited) == [("operator", details)]
    with pytest.raises(PeerRefused) as refused:
        await _unlock(centre, Slip(1))
    assert refused.value.code == "key_not_locked"


async def test_a_key_that_is_not_locked_or_unknown_cannot_be_unlocked(centre: Centre):
    await centre.publish(Slip(1))
    await _guess(centre, Slip(1), 9)
    for slip in (Slip(1), Slip(7), Slip(1, ward=WARD_B)):
        with pytest.raises(PeerRefused) as refused:
            await _unlock(centre, slip)
        assert refused.value.code == "key_not_locked"
    assert await _guess(centre, Slip(1), 2) == ["11", "12"]


async def test_each_lock_is_an_exception_until_the_next_service_day_and_names_no_key(
    centre: Centre,
):
    await centre.publish(Slip(1), Slip(2))
    await _guess(centre, Slip(1), 11)
    assert await _open_codes(centre) == [("key_locked", f"0001/{TUESDAY}/1")]
    await _guess(centre, Slip(2), 10, "0002")
    assert ("key_locked", f"0002/{TUESDAY}/1") in await _open_codes(centre)
    centre.at(WEDNESDAY, 2, 59)
    assert (await centre.run("forget_sessions"))["exceptions"] == 0
    centre.at(WEDNESDAY, 3)
    assert (await centre.run("forget_sessions"))["exceptions"] == 2
    assert await _open_codes(centre) == []


async def test_an_unappointed_bank_learns_nothing_and_counts_nothing(centre: Centre):
    theirs = Slip(1, ward=WARD_B)
    await centre.publish(theirs, ward=WARD_B)
    asked = [
        (await centre.inquire(theirs, "0002")).result,
        (await centre.inquire(Slip(2, ward=WARD_B), "0002")).result,
        *await _guess(centre, theirs, 12, "0002"),
    ]
    assert asked == ["13"] * 14
    assert await centre.rows("SELECT count(*) FROM wrong_numbers") == [(0,)]
    assert await centre.rows("SELECT count(*) FROM inquiry_sessions") == [(0,)]
    assert (await centre.inquire(theirs, "0001")).result == "00"


async def test_right_and_wrong_guesses_at_once_never_pass_a_lock(centre: Centre, pause: Pause):
    """Once a key is locked, its right number is worth nothing, however many ask at once.

    The bank is slow from the twelfth wrong number; those who are decided anew wait then.
    """
    centre.resources.slow_lane.at_once = 32
    await centre.publish(Slip(1))
    right = [centre.inquire(Slip(1)) for _ in range(8)]
    wrong = [centre.inquire(Slip(1), confirmation_number=_wrong(Slip(1), n)) for n in range(1, 25)]
    answers = await asyncio.gather(*wrong[:12], *right, *wrong[12:])
    codes = [answer.result for answer in answers]
    assert codes.count("11") == 10
    assert codes.count("12") == 32 - 10 - codes.count("00")
    opened = await centre.rows("SELECT count(*) FROM inquiry_sessions")
    assert opened == [(codes.count("00"),)]
    assert (await centre.inquire(Slip(1))).result == "12"


async def test_a_bank_that_guesses_is_slowed_down_and_others_are_not(centre: Centre, pause: Pause):
    await centre.publish(Slip(1), Slip(2), Slip(3))
    await _guess(centre, Slip(1), 6)
    await _guess(centre, Slip(2), 5)
    assert (await centre.inquire(Slip(3))).result == "00"
    assert pause.seconds == []
    await _guess(centre, Slip(2))  # the twelfth of thirteen
    assert pause.seconds == []
    day = f"0001/{TUESDAY}"
    assert await _open_codes(centre) == [("bank_wrong_numbers_high", day)]
    assert await centre.rows("SELECT bank_code, municipality, wrong, asked FROM slow_banks") == [
        ("0001", WARD_A.municipality, 12, 13)
    ]
    assert (await centre.inquire(Slip(3))).result == "00"
    assert await _guess(centre, Slip(2)) == ["11"]
    assert pause.seconds == [2.0, 2.0]
    assert (await centre.inquire(Slip(3), "0002")).result == "00"
    assert len(pause.seconds) == 2
    centre.at(WEDNESDAY, 3)
    assert (await centre.inquire(Slip(3))).result == "00"
    assert len(pause.seconds) == 2
    await centre.run("forget_sessions")
    assert await _open_codes(centre) == []


async def test_a_slow_bank_at_one_ward_is_not_slow_at_another(centre: Centre, pause: Pause):
    await centre.upload(billing_file([Slip(1).record(), Slip(2).record()]))
    theirs = Slip(1, ward=WARD_B)
    await centre.publish(theirs, ward=WARD_B)
    await _guess(centre, Slip(1), 9)
    await _guess(centre, Slip(2), 3)
    assert (await centre.inquire(theirs)).result == "00"
    assert pause.seconds == []
    assert (await centre.inquire(Slip(2))).result == "00"
    assert pause.seconds == [2.0]


async def test_many_right_numbers_make_a_bank_with_many_wrong_ones_no_guesser(
    centre: Centre, pause: Pause
):
    await centre.publish(Slip(1), Slip(2), Slip(3))
    for _ in range(13):
        await centre.inquire(Slip(3))
    await _guess(centre, Slip(1), 6)
    await _guess(centre, Slip(2), 7)  # 13 of 26 are half, and more than half is too much
    assert await _open_codes(centre) == []
    await _guess(centre, Slip(2))
    assert await _open_codes(centre) == [("bank_wrong_numbers_high", f"0001/{TUESDAY}")]


async def test_those_who_wait_hold_no_connection_and_the_fifth_is_told_to_come_later(
    centre: Centre, pause: Pause
):
    await centre.publish(Slip(1), Slip(2), Slip(3))
    await _guess(centre, Slip(1), 9)
    await _guess(centre, Slip(2), 3)
    pause.gate.clear()
    waiting = [asyncio.create_task(centre.inquire(Slip(3))) for _ in range(4)]
    for _ in waiting:
        await pause.arrivals.get()
    with pytest.raises(PeerNotDone):
        await centre.inquire(Slip(3))
    assert await centre.rows("SELECT count(*) FROM inquiry_sessions") == [(0,)]
    pool = centre.resources.foundation.engine.pool
    assert pool.checkedout() == 0
    assert (await centre.inquire(Slip(3), "0002")).result == "00"
    pause.gate.set()
    assert [answer.result for answer in await asyncio.gather(*waiting)] == ["00"] * 4


async def test_a_bill_that_a_ward_changes_meanwhile_is_decided_anew(centre: Centre, pause: Pause):
    """What is answered is what stands after the wait, and the session says the same."""
    await centre.publish(Slip(1), Slip(2), Slip(3))
    await _guess(centre, Slip(1), 9)
    await _guess(centre, Slip(2), 3)
    pause.gate.clear()
    asked = asyncio.create_task(centre.inquire(Slip(3)))
    await pause.arrivals.get()
    async with centre.resources.foundation.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE bills SET amount_yen = 11000, principal_yen = 11000"
            " WHERE notice_number = '000000003'"
        )
    pause.gate.set()
    answer = await asked
    assert (answer.result, answer.amount_yen) == ("00", 11_000)
    assert await centre.notify(centre.notification(answer)) == "00"


async def test_the_service_day_of_a_guess_before_its_hour_is_the_day_before(centre: Centre):
    await centre.publish(Slip(1))
    centre.clock.instant = tokyo_time(WEDNESDAY, 2)
    await _guess(centre, Slip(1))
    assert await centre.rows("SELECT on_date FROM wrong_numbers") == [(TUESDAY,)]
