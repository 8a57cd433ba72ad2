"""Which endpoint stands behind which arrow, door by door."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.types import ASGIApp

from services.card_agent.api.authorisations import (
    get_commissions,
    post_authorisation,
    post_settlement,
)
from services.card_agent.api.card_tokens import post_card_token
from services.card_agent.api.differences import get_differences, post_resolution
from services.card_agent.api.files import get_file_content, get_files, post_acknowledgement
from services.card_agent.api.outside_books import get_outside_books
from services.card_agent.api.refusals import STATUSES
from services.card_agent.api.remittance_troubles import (
    post_chargeback,
    post_remittance_trouble,
)
from services.card_agent.api.sandbox_notes import sandbox_notes
from services.card_agent.api.transfer_orders import get_transfer_orders
from services.card_agent.api.undoing import post_undoing, put_payment_list
from services.card_agent.jobs.registry import JOBS
from services.card_agent.resources import Resources
from services.card_agent.usecases.find_records import find_records
from shared.kit.door_app import Door, mount_whoami
from shared.kit.operator_door import Operated, mount_operator
from shared.wire.card_authorisations import AUTHORISE_CARD, LIST_COMMISSIONS, SETTLE_AUTHORISATION
from shared.wire.card_tokens import MAKE_CARD_TOKEN
from shared.wire.card_undoing import REPORT_PAYMENTS, UNDO_AUTHORISATION
from shared.wire.differences import AT_CARD_AGENT as DIFFERENCES
from shared.wire.doors import CARD_AGENT, OPERATOR_ARROWS, WHOAMI, arrows_of, door_place
from shared.wire.file_collection import AT_CARD_AGENT
from shared.wire.sandbox_books import CARD_NETWORK_BOOKS
from shared.wire.sandbox_remittances import CHARGE_BACK, PLAN_TROUBLE
from shared.wire.transfer_orders import FROM_CARD_AGENT


def mount(resources: Resources, name: str) -> ASGIApp:
    """Put one door together; a name that is none of ours is a KeyError."""
    door = Door(
        resources.foundation,
        resources,
        name,
        arrows_of(CARD_AGENT, name),
        statuses=STATUSES,
        mutual=door_place(CARD_AGENT, name).mutual,
    )
    _MOUNTS[name](door, resources)
    return door.app()


def _mount_payers(door: Door, _: Resources) -> None:
    mount_whoami(door, WHOAMI[CARD_AGENT, "payers"])
    door.mount(MAKE_CARD_TOKEN, post_card_token, notes=sandbox_notes())


def _mount_leased_line(door: Door, _: Resources) -> None:
    mount_whoami(door, WHOAMI[CARD_AGENT, "leased_line"])
    door.mount(AUTHORISE_CARD, post_authorisation)
    door.mount(SETTLE_AUTHORISATION, post_settlement)
    door.mount(LIST_COMMISSIONS, get_commissions)
    door.mount(UNDO_AUTHORISATION, post_undoing)
    door.mount(REPORT_PAYMENTS, put_payment_list)
    door.mount(AT_CARD_AGENT.list_files, get_files)
    door.mount(AT_CARD_AGENT.collect_file, get_file_content)
    door.mount(AT_CARD_AGENT.acknowledge_file, post_acknowledgement)


def _mount_operator(door: Door, resources: Resources) -> None:
    resolve = partial(find_records, open_unit_of_work=resources.open_unit_of_work)
    operated = Operated(jobs=JOBS, peers={}, resolve=resolve)  # it asks nobody of this mesh
    mount_operator(door, OPERATOR_ARROWS[CARD_AGENT], operated, resources)
    door.mount(FROM_CARD_AGENT, get_transfer_orders)
    door.mount(CARD_NETWORK_BOOKS, get_outside_books)
    door.mount(DIFFERENCES.list_differences, get_differences)
    door.mount(DIFFERENCES.resolve_difference, post_resolution)
    door.mount(PLAN_TROUBLE, post_remittance_trouble)
    door.mount(CHARGE_BACK, post_chargeback)


_MOUNTS: dict[str, Callable[[Door, Resources], None]] = {
    "payers": _mount_payers,
    "leased_line": _mount_leased_line,
    "operator": _mount_operator,
}
