"""The story of every arrow of the payers' conversations: how it comes to fly, and who asks again.

`in_scope` is read from the code, so an arrow without a story fails a test. To add the story of a
new arrow:

1. Write in actions.py what its caller does, as an `Action`: `prepare` makes the occasion (a new
   slip, a payment whose answer was lost, a file that waits) with nothing broken; `act` does the one
   thing in whose course the arrow flies, and does it as that caller would, repeating until it has
   an answer (`world.mesh.access.patiently`, `world.run`, `world.payers`). Nothing may be left half
   done that `world.settle` or the next morning does not finish.
2. Name in `processes` the services whose commits belong to it: each of them dies, and loses its
   database, at each of these commits (test_processes_die.py).
3. Add `Story(ARROW, (ACTION, ...))` to _STORIES. Several actions: several occasions on which the
   same arrow flies (an id that the peer knows, one that it must close). moves_files=True where a
   file, a list or an order hangs on it: after a few such tests one walks on until all the money
   of all of them has arrived.
   An action that a process of ours can die of goes into MORTAL_ACTIONS too.
4. If money is given back, or stands in a new place, teach tests/support/agreement.py who the two
   witnesses are (an undone payment is neither accepted nor charged; a differing list is settled
   when it is resolved). If a new state waits for the payer, teach it to simulation/payers.py: the
   payers here are those, and `world.settle` asks until none of them waits.

A conversation with an outside company that has no door here is joined in `refit` of
tests/support/world.py by `network.stand_before(client.peer, callee, door)`, with the arrow's own
names, and its module is named in OUTSIDE_COMPANIES below. An arrow of the operator door is no part
of these conversations, unless OPERATORS names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from services.card_agent.clients import card_network
from services.payment_provider.clients import payers_bank
from shared.kit.arrow import AnyArrow, Arrow
from shared.wire.card_authorisations import (
    AUTHORISE_CARD,
    LIST_COMMISSIONS,
    SETTLE_AUTHORISATION,
)
from shared.wire.card_tokens import MAKE_CARD_TOKEN
from shared.wire.card_undoing import REPORT_PAYMENTS, UNDO_AUTHORISATION
from shared.wire.doors import (
    ARROWS,
    CARD_AGENT,
    LOG_IN,
    PAYMENT_PROVIDER,
    WARD_GATEWAY,
    WHOAMI,
)
from shared.wire.file_collection import AT_CARD_AGENT, AT_PROVIDER
from shared.wire.mobile_payments import (
    ACCEPT_TERMS,
    PAY_BY_BANK,
    PAY_BY_CARD,
    READ_PAYMENT,
    READ_SLIP,
    READ_TERMS,
    RETURN_FROM_BANK,
)
from shared.wire.sandbox_bank import DECIDE_AT_BANK
from shared.wire.transfer_orders import FROM_CARD_AGENT, FROM_PROVIDER
from tests.journeys import actions
from tests.support.breakages import Action, Story, check_peers

OPERATORS: tuple[AnyArrow, ...] = (FROM_PROVIDER, FROM_CARD_AGENT)
OUTSIDE_COMPANIES: tuple[ModuleType, ...] = (card_network, payers_bank)


def in_scope() -> dict[str, AnyArrow]:
    """Return every arrow that must have a story, by name, as the code declares them now."""
    ours = [
        arrow
        for arrow in ARROWS
        if arrow.callee in {PAYMENT_PROVIDER, CARD_AGENT} and arrow.door != "operator"
    ]
    outside = [
        value
        for module in OUTSIDE_COMPANIES
        for value in vars(module).values()
        if isinstance(value, Arrow)
    ]
    return {arrow.name: arrow for arrow in (*ours, *OPERATORS, *outside)}


_STORIES = (
    Story(READ_SLIP, (actions.READING,)),
    Story(PAY_BY_CARD, (actions.CARD_PAYMENT,)),
    Story(PAY_BY_BANK, (actions.BANK_PAYMENT,)),
    Story(READ_PAYMENT, (actions.ASKING_AGAIN,)),
    Story(MAKE_CARD_TOKEN, (actions.CARD_PAYMENT,)),
    Story(AUTHORISE_CARD, (actions.CARD_PAYMENT,)),
    Story(SETTLE_AUTHORISATION, (actions.CARD_SETTLEMENT, actions.CARD_CLOSURE)),
    Story(card_network.ASK_NETWORK, (actions.CARD_PAYMENT,)),
    Story(card_network.SETTLE_WITH_NETWORK, (actions.NETWORK_SETTLEMENT, actions.NETWORK_CLOSURE)),
    Story(READ_TERMS, (actions.CARD_PAYMENT,)),
    Story(ACCEPT_TERMS, (actions.CARD_PAYMENT,)),
    Story(DECIDE_AT_BANK, (actions.BANK_PAYMENT,)),
    Story(RETURN_FROM_BANK, (actions.BANK_PAYMENT,)),
    Story(payers_bank.OPEN_BANK_SESSION, (actions.BANK_PAYMENT,)),
    Story(payers_bank.DECIDE_DEBIT, (actions.BANK_PAYMENT,)),
    Story(payers_bank.BANK_RESULT, (actions.BANK_PAYMENT,)),
    Story(
        payers_bank.SETTLE_DEBIT,
        (actions.BANK_SETTLEMENT, actions.BANK_CLOSURE, actions.SESSION_CLOSURE),
    ),
    Story(
        UNDO_AUTHORISATION, (actions.CARD_UNDOING, actions.CARD_UNDOING_NEXT_DAY), moves_files=True
    ),
    Story(card_network.REVERSE_WITH_NETWORK, (actions.CARD_UNDOING,), moves_files=True),
    Story(
        payers_bank.UNDO_DEBIT,
        (actions.BANK_UNDOING, actions.BANK_UNDOING_NEXT_DAY),
        moves_files=True,
    ),
    Story(REPORT_PAYMENTS, (actions.COMPARISON,), moves_files=True),
    Story(LIST_COMMISSIONS, (actions.COMPARISON,), moves_files=True),
    Story(AT_CARD_AGENT.list_files, (actions.REPORTING,), moves_files=True),
    Story(AT_CARD_AGENT.collect_file, (actions.REPORTING,), moves_files=True),
    Story(AT_CARD_AGENT.acknowledge_file, (actions.REPORTING,), moves_files=True),
    Story(AT_PROVIDER.list_files, (actions.COLLECTION,), moves_files=True),
    Story(AT_PROVIDER.collect_file, (actions.COLLECTION,), moves_files=True),
    Story(AT_PROVIDER.acknowledge_file, (actions.COLLECTION,), moves_files=True),
    Story(LOG_IN[PAYMENT_PROVIDER, "leased_line"], (actions.FIRST_COLLECTION,), moves_files=True),
    Story(FROM_PROVIDER, (actions.PROVIDER_BOOKING,), moves_files=True),
    Story(FROM_CARD_AGENT, (actions.AGENT_BOOKING,), moves_files=True),
    *(
        Story(WHOAMI[service, "payers"], (Action("who am I", actions.who_am_i(service)),))
        for service in actions.BOTH
    ),
    Story(
        WHOAMI[PAYMENT_PROVIDER, "leased_line"],
        (Action("look at the ward's peers", check_peers(WARD_GATEWAY, PAYMENT_PROVIDER)),),
    ),
    Story(
        WHOAMI[CARD_AGENT, "leased_line"],
        (Action("look at the provider's peers", check_peers(PAYMENT_PROVIDER, CARD_AGENT)),),
    ),
)
STORIES: Mapping[str, Story] = {story.arrow.name: story for story in _STORIES}
MORTAL_ACTIONS = (
    actions.CARD_PAYMENT,
    actions.BANK_PAYMENT,
    actions.CARD_SETTLEMENT,
    actions.CARD_CLOSURE,
    actions.NETWORK_SETTLEMENT,
    actions.NETWORK_CLOSURE,
    actions.BANK_SETTLEMENT,
    actions.BANK_CLOSURE,
    actions.SESSION_CLOSURE,
    actions.CARD_UNDOING,
    actions.BANK_UNDOING,
)
