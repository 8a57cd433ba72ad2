"""Asking within the payer's own request: again only while nothing was done."""

from __future__ import annotations

import asyncio

import pytest

from services.payment_provider.usecases.ask_in_time import Patience, ask_in_time
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused

QUICK = Patience(tries=3, seconds=2.0, pause_seconds=0.001)


class Peer:
    """Answers from a list: an exception is raised, anything else returned."""

    def __init__(self, *answers: object) -> None:
        self.answers, self.asked = list(answers), 0

    async def ask(self) -> object:
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_what_was_not_done_is_sent_again():
    peer = Peer(PeerNotDone("closed"), PeerNotDone("closed"), "yes")
    assert await ask_in_time(peer.ask, QUICK) == "yes"
    assert peer.asked == 3


async def test_the_last_try_gives_up():
    peer = Peer(*[PeerNotDone("closed")] * 3)
    with pytest.raises(PeerNotDone):
        await ask_in_time(peer.ask, QUICK)
    assert peer.asked == 3


@pytest.mark.parametrize(
    "answer", [PeerOutcomeUnknown("silence"), PeerRefused("card_refused", "No.", [])]
)
async def test_silence_and_refusal_are_never_sent_again(answer):
    peer = Peer(answer)
    with pytest.raises(type(answer)):
        await ask_in_time(peer.ask, QUICK)
    assert peer.asked == 1


async def test_no_answer_before_the_deadline_is_an_unknown_outcome():
    never = asyncio.Event()

    async def ask() -> object:
        return await never.wait()

    with pytest.raises(PeerOutcomeUnknown):
        await ask_in_time(ask, Patience(tries=1, seconds=0.01))


def test_others_may_settle_only_after_the_askers_own_deadline():
    short, long = Patience(seconds=1.0).asking_until(), Patience(seconds=9.0).asking_until()
    assert 7.9 < (long - short).total_seconds() < 8.1
