"""Ask a card network whether a card may pay a slip: record, call, record (DESIGN rule 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.card_agent.clients.card_network import AskNetwork, CardNetwork
from services.card_agent.domain.authorisations import (
    Authorisation,
    AuthorisationQuestion,
    AuthorisationState,
    Commission,
)
from services.card_agent.domain.card_memory import CardMemory
from services.card_agent.domain.card_tokens import CardToken
from services.card_agent.domain.cards import Brand, Card
from services.card_agent.domain.contracts import Contracts
from services.card_agent.domain.network_books import IssuerOutcome
from services.card_agent.domain.refusals import (
    AmountDiffers,
    AuthorisationBeingConfirmed,
    CardTokenUnknown,
    CardTokenUsed,
)
from services.card_agent.store.unit_of_work import UnitOfWork
from services.card_agent.usecases.record_network_answers import (
    record_first_answer,
    record_silence,
)
from services.card_agent.usecases.stored_answers import answer_again, commission_or_refusal
from shared.kit.calendar import japanese_banks
from shared.kit.clock import Clock, machine_now
from shared.kit.hot_path import AlreadyThere
from shared.kit.peer import PeerNotDone, PeerOutcomeUnknown, PeerRefused
from shared.kit.refusals import Refusal


@dataclass(frozen=True)
class AskingCards:
    """What asking about cards needs; asking_for is the machine time after which silence is assumed.

    asking_for is longer than the network client's own deadline: whoever asked has given up by then.
    sandbox: whether the network is one that is told how it shall behave.
    """

    contracts: Contracts
    card_memory: CardMemory
    card_network: CardNetwork
    asking_for: timedelta
    sandbox: bool
    open_unit_of_work: Callable[[], UnitOfWork]
    clock: Clock


async def authorise_card(question: AuthorisationQuestion, asking: AskingCards) -> Commission:
    """Return the commission, committed.

    1. Claim the token and commit ASKING, in one statement. 2. If that was not to be: an id that is
    in the books gets its stored answer, any other its lasting no (card_token_unknown,
    card_token_used, amount_differs), committed too. 3. Ask the network with no transaction open.
    4. Commit AUTHORISED, DECLINED, or what silence means.

    Ends as MunicipalityUnknown, AgentNotDesignated or BankDaysUnknown (nothing recorded), a no of
    step 2 or of the network (card_expired, card_over_limit, card_refused), AuthorisationIdReused,
    AuthorisationClosed (closed for ever; also when the network could not be reached at all: nothing
    was charged), or AuthorisationBeingConfirmed (the network is silent, or another copy is asking).
    """
    asking.contracts.of(question.municipality)
    opened = await _open_at_once(question, asking)
    if opened is not None:
        return await _ask(question, opened, asking)
    async with asking.open_unit_of_work() as work:
        stored = await work.authorisations.find(question.id)
    if stored is None:
        _demand_commission_possible(question, asking)
        opened = await _open(question, asking)
        if opened is not None:
            return await _ask(question, opened, asking)
        async with asking.open_unit_of_work() as work:  # somebody with the same id was faster
            stored = await work.authorisations.find(question.id)
    if stored is None:
        raise AuthorisationBeingConfirmed
    return answer_again(stored, question)


def _demand_commission_possible(question: AuthorisationQuestion, asking: AskingCards) -> None:
    """Raise unless the commission that a yes would be can be written down and paid over."""
    asking.contracts.demand_commission_possible(
        question.municipality, asking.clock.today(), japanese_banks()
    )


@dataclass(frozen=True)
class _Opened:
    """A row that was committed as ASKING just now, and what its token was made for."""

    authorisation: Authorisation
    scenario: IssuerOutcome | None


async def _open_at_once(question: AuthorisationQuestion, asking: AskingCards) -> _Opened | None:
    """Commit ASKING and the token's claim in one statement; None if anything is in the way.

    What is in the way, and what is answered then, is found out step by step (_open).
    """
    try:
        _demand_commission_possible(question, asking)
        question.demand_amount_of_barcode()
    except Refusal:
        return None
    if not asking.card_memory.holds(question.token_hash, machine_now()):
        return None
    asking_until = machine_now() + asking.asking_for
    try:
        async with asking.open_unit_of_work() as work:
            step = work.authorisations.opening(question, asking_until=asking_until)
            token = await work.commit_with(step)
    except AlreadyThere:
        return None
    if token is None:
        return None
    scenario = IssuerOutcome(token["scenario"]) if token["scenario"] else None
    return _opened(question, Brand(token["brand"]), scenario, asking_until)


def _opened(
    question: AuthorisationQuestion,
    brand: Brand,
    scenario: IssuerOutcome | None,
    asking_until: datetime,
) -> _Opened:
    return _Opened(
        Authorisation(
            id=question.id,
            state=AuthorisationState.ASKING,
            version=0,
            municipality=question.municipality,
            amount_yen=question.amount_yen,
            barcode=question.barcode,
            fee_yen=question.fee_yen,
            token_hash=question.token_hash,
            brand=brand,
            asking_until=asking_until,
            decline_reason=None,
            commission=None,
        ),
        scenario,
    )


async def _open(question: AuthorisationQuestion, asking: AskingCards) -> _Opened | None:
    """Commit ASKING and the token's claim together; None if the id exists by now.

    A no is committed too, so that the same id gets it again from any copy, then raised.
    """
    async with asking.open_unit_of_work() as work:
        token = await work.card_tokens.find_locked(question.token_hash)
        try:
            token = _checked(token, question, asking)
        except Refusal as refusal:
            if not await work.authorisations.refuse(question, refusal.code):
                return None
            await work.commit()
            raise
        asking_until = machine_now() + asking.asking_for
        if not await work.authorisations.open(
            question, brand=token.brand, asking_until=asking_until
        ):
            return None
        await work.card_tokens.claim(token, question.id)
        await work.commit()
        return _opened(question, token.brand, token.scenario, asking_until)


def _checked(
    token: CardToken | None, question: AuthorisationQuestion, asking: AskingCards
) -> CardToken:
    """Return the token if it is good for this question."""
    now = machine_now()
    if token is None or token.municipality != question.municipality:
        raise CardTokenUnknown
    if token.authorisation_id is not None:
        raise CardTokenUsed
    if token.expires_at <= now or not asking.card_memory.holds(token.token_hash, now):
        raise CardTokenUnknown
    if token.amount_yen != question.amount_yen:
        raise AmountDiffers
    question.demand_amount_of_barcode()
    return token


async def _ask(question: AuthorisationQuestion, opened: _Opened, asking: AskingCards) -> Commission:
    """Ask the network for a committed ASKING row, and commit what came of it."""
    card = asking.card_memory.take(question.token_hash, machine_now())
    open_unit_of_work = asking.open_unit_of_work
    try:
        if card is None:  # its time ended between the check and now: nobody was asked
            raise PeerNotDone(str(question.id))
        answer = await asking.card_network.ask(_network_question(question, card, opened, asking))
    except PeerNotDone:
        target = AuthorisationState.CLOSED
        stored = await record_silence(question.id, target, open_unit_of_work=open_unit_of_work)
        return commission_or_refusal(stored)
    except (PeerOutcomeUnknown, PeerRefused):
        target = AuthorisationState.NETWORK_UNKNOWN
        stored = await record_silence(question.id, target, open_unit_of_work=open_unit_of_work)
        return commission_or_refusal(stored)
    stored = await record_first_answer(
        opened.authorisation,
        answer,
        contracts=asking.contracts,
        open_unit_of_work=open_unit_of_work,
    )
    return commission_or_refusal(stored)


def _network_question(
    question: AuthorisationQuestion, card: Card, opened: _Opened, asking: AskingCards
) -> AskNetwork:
    return AskNetwork(
        reference=question.id,
        municipality=question.municipality,
        premium_yen=question.amount_yen,
        fee_yen=question.fee_yen,
        card_number=card.number,
        expiry_year=card.expiry_year,
        expiry_month=card.expiry_month,
        scenario=opened.scenario.value if asking.sandbox and opened.scenario else None,
        barcode=question.barcode if asking.sandbox else None,
    )
