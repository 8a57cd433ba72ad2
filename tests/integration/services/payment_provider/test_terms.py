"""The terms of use: shown, accepted with version and time, and demanded before anything is paid."""

from __future__ import annotations

import asyncio

import pytest

from services.payment_provider.store.tables import PAYMENTS, TERMS_ACCEPTANCES
from shared.kit.ids import new_id
from shared.kit.peer import PeerRefused
from shared.wire.mobile_payments import ACCEPT_TERMS, READ_TERMS, AcceptTerms
from tests.support.databases import as_written
from tests.unit.services.payment_provider.samples import TERMS, barcode

SLIP = barcode(limit_date=None)


async def _rows(provider, table) -> list:
    async with provider.resources.foundation.engine.connect() as connection:
        return list((await connection.execute(as_written(table))).all())


async def _accept(provider, id_, version: str = "2025-1"):
    return await provider.payer.ask(ACCEPT_TERMS, AcceptTerms(acceptance_id=id_, version=version))


async def test_the_terms_in_force_are_shown_with_the_items_of_information(provider):
    terms = await provider.payer.ask(READ_TERMS)
    assert terms.model_dump(mode="json") == TERMS
    provider.at(4, 1, 0, year=2026)
    assert (await provider.payer.ask(READ_TERMS)).version == "2025-2"


async def test_an_acceptance_is_recorded_once_with_version_and_both_times(provider):
    id_, at = new_id(), provider.clock.now()
    first = await _accept(provider, id_)
    provider.at(6, 3)
    assert await _accept(provider, id_) == first
    assert (first.version, first.accepted_at) == ("2025-1", at)
    [row] = await _rows(provider, TERMS_ACCEPTANCES)
    assert (row.id, row.version, row.accepted_at) == (id_, "2025-1", at)
    assert row.machine_at > at


async def test_only_the_version_in_force_is_accepted_and_an_id_means_one_version(provider):
    with pytest.raises(PeerRefused, match="terms_outdated"):
        await _accept(provider, new_id(), "2025-2")
    id_ = new_id()
    first = await _accept(provider, id_)
    provider.at(4, 1, year=2026)
    assert await _accept(provider, id_) == first
    with pytest.raises(PeerRefused, match="acceptance_id_reused"):
        await _accept(provider, id_, "2025-2")
    with pytest.raises(PeerRefused, match="terms_outdated"):
        await _accept(provider, new_id())


async def test_the_same_acceptance_sent_many_times_at_once_is_one(provider):
    id_ = new_id()
    answers = await asyncio.gather(*[_accept(provider, id_) for _ in range(5)])
    assert len({answer.model_dump_json() for answer in answers}) == 1
    assert len(await _rows(provider, TERMS_ACCEPTANCES)) == 1


async def test_nothing_is_paid_before_the_terms_in_force_are_accepted(provider):
    old = await provider.accepted()
    provider.at(4, 1, year=2026)
    for pay in (provider.by_card, provider.to_bank):
        with pytest.raises(PeerRefused, match="terms_not_accepted"):
            await pay(SLIP, acceptance=new_id())
        with pytest.raises(PeerRefused, match="terms_outdated"):
            await pay(SLIP, acceptance=old)
    assert await _rows(provider, PAYMENTS) == []
    assert provider.agent.questions == []
    view = await provider.by_card(SLIP)
    [payment] = await _rows(provider, PAYMENTS)
    assert (view.state, payment.terms_acceptance_id) == ("accepted", provider.acceptances["2025-2"])


async def test_a_repeat_is_answered_though_the_terms_have_changed(provider):
    ids, acceptance = [new_id(), new_id()], await provider.accepted()
    other = barcode(2, limit_date=None)
    paid = await provider.by_card(SLIP, id_=ids[0])
    sent = await provider.to_bank(other, id_=ids[1])
    provider.at(4, 1, year=2026)
    assert await provider.by_card(SLIP, id_=ids[0], acceptance=acceptance) == paid
    repeated = await provider.to_bank(other, id_=ids[1], acceptance=acceptance)
    assert (sent.state, repeated.state) == ("at_bank", "abandoned"), "its session is long over"


async def test_another_acceptance_is_another_body(provider):
    id_ = new_id()
    await provider.by_card(SLIP, id_=id_)
    second = new_id()
    await _accept(provider, second)
    with pytest.raises(PeerRefused, match="payment_id_reused"):
        await provider.by_card(SLIP, id_=id_, acceptance=second)
