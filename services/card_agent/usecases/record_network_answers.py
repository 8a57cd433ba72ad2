"""Write down what a card network said about one authorisation, whoever learned it first."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from services.card_agent.clients.card_network import NetworkAnswer
from services.card_agent.domain.authorisations import (
    Authorisation,
    AuthorisationState,
    Commission,
    commission_number,
)
from services.card_agent.domain.contracts import Contracts
from services.card_agent.domain.refusals import DECLINES_BY_NETWORK, CardRefused
from services.card_agent.store.unit_of_work import UnitOfWork
from shared.kit.calendar import japanese_banks
from shared.kit.clock import tokyo_date
from shared.kit.hot_path import AlreadyThere
from shared.kit.journal import ConcurrentUpdate

FIRST_ORDINAL = 1
OPEN_STATES = (AuthorisationState.ASKING, AuthorisationState.NETWORK_UNKNOWN)


async def record_first_answer(
    asked: Authorisation,
    answer: NetworkAnswer,
    *,
    contracts: Contracts,
    open_unit_of_work: Callable[[], UnitOfWork],
) -> Authorisation:
    """Commit the network's answer to a question that was opened just now, and return the row.

    A yes is one statement, as long as it is the barcode's first commission and nobody has moved
    the row; everything else goes as in record_network_answer.
    """
    if answer.outcome == "approved":
        commission = _commission(asked, answer, contracts, FIRST_ORDINAL)
        with suppress(AlreadyThere):
            async with open_unit_of_work() as work:
                told = await work.commit_with(work.authorisations.approving(asked, commission))
            if told is not None and told["moved"]:
                return replace(
                    asked,
                    state=AuthorisationState.AUTHORISED,
                    version=asked.version + 1,
                    commission=commission,
                )
    return await record_network_answer(
        asked.id, answer, contracts=contracts, open_unit_of_work=open_unit_of_work
    )


async def record_network_answer(
    authorisation_id: UUID,
    answer: NetworkAnswer,
    *,
    contracts: Contracts,
    open_unit_of_work: Callable[[], UnitOfWork],
) -> Authorisation:
    """Commit the network's answer and return the row as it stands then.

    approved -> AUTHORISED, the commission: its day is the network's, however late we learned it;
    declined -> DECLINED; voided -> CLOSED. Somebody may have written the same answer meanwhile;
    then theirs stands (the network says the same thing to everybody).
    """
    while True:
        async with open_unit_of_work() as work:
            stored = await _existing(work, authorisation_id)
            if stored.state not in OPEN_STATES:
                return stored
            try:
                await _advance(work, stored, answer, contracts)
            except ConcurrentUpdate:
                continue
            await work.commit()
            return await _existing(work, authorisation_id)


async def record_silence(
    authorisation_id: UUID,
    target: AuthorisationState,
    *,
    open_unit_of_work: Callable[[], UnitOfWork],
) -> Authorisation:
    """Move an asking row to NETWORK_UNKNOWN (silence) or CLOSED (the question never arrived).

    Returns the row as it stands then; one that somebody has moved meanwhile is left alone.
    """
    async with open_unit_of_work() as work:
        stored = await _existing(work, authorisation_id)
        if stored.state is AuthorisationState.ASKING:
            try:
                await work.authorisations.advance(stored, target)
                await work.commit()
            except ConcurrentUpdate:
                pass
    async with open_unit_of_work() as work:
        return await _existing(work, authorisation_id)


async def _advance(
    work: UnitOfWork, stored: Authorisation, answer: NetworkAnswer, contracts: Contracts
) -> None:
    if answer.outcome == "approved":
        assert stored.barcode is not None  # noqa: S101 - only a question with a barcode is asked
        ordinal = await work.authorisations.next_ordinal(stored.municipality, stored.barcode)
        commission = _commission(stored, answer, contracts, ordinal)
        target = AuthorisationState.AUTHORISED
        await work.authorisations.advance(stored, target, commission=commission)
    elif answer.outcome == "declined":
        known = answer.reason in DECLINES_BY_NETWORK
        reason = answer.reason if known and answer.reason else CardRefused.code
        target = AuthorisationState.DECLINED
        await work.authorisations.advance(stored, target, decline_reason=reason)
    else:
        await work.authorisations.advance(stored, AuthorisationState.CLOSED)


def _commission(
    stored: Authorisation, answer: NetworkAnswer, contracts: Contracts, ordinal: int
) -> Commission:
    assert stored.barcode is not None  # noqa: S101 - only a question with a barcode is asked
    assert stored.brand is not None  # noqa: S101 - and it was asked for a card
    contract = contracts.of(stored.municipality)
    authorised_on = tokyo_date(answer.at)
    return Commission(
        commission_number=commission_number(stored.barcode, authorised_on, ordinal),
        approval_number=answer.approval_number or "",
        brand=stored.brand,
        authorised_at=answer.at,
        authorised_on=authorised_on,
        designated_date=contract.designated_dates.of(authorised_on, japanese_banks()),
    )


async def _existing(work: UnitOfWork, authorisation_id: UUID) -> Authorisation:
    stored = await work.authorisations.find(authorisation_id)
    assert stored is not None, f"authorisation {authorisation_id}"  # noqa: S101 - rows never vanish
    return stored
