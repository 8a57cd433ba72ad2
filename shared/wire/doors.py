"""Every door of the mesh and every arrow that ends at it, as data: the mesh in one table."""

from __future__ import annotations

from dataclasses import dataclass

from shared.kit.arrow import AnyArrow, arrows_at
from shared.kit.peer_names import Network
from shared.kit.standard_arrows import OperatorArrows, log_in_arrow, whoami_arrow
from shared.wire import (
    billing_releases,
    billing_uploads,
    card_authorisations,
    card_tokens,
    card_undoing,
    centre_operation,
    corrections,
    debit_results,
    deliveries,
    differences,
    fee_bills,
    file_collection,
    mailing_gate,
    mobile_payments,
    paper_notices,
    pay_in_statements,
    payeasy,
    payeasy_bulk,
    payeasy_totals,
    sandbox_bank,
    sandbox_books,
    sandbox_remittances,
    transfer_orders,
    ward_intranet,
)

PAYMENT_PROVIDER, CARD_AGENT = "payment_provider", "card_agent"
LGWAN_ASP, WARD_GATEWAY = "lgwan_asp", "ward_gateway"
SERVICES = (CARD_AGENT, PAYMENT_PROVIDER, LGWAN_ASP, WARD_GATEWAY)

OPERATOR_ARROWS = {service: OperatorArrows(service) for service in SERVICES}


@dataclass(frozen=True)
class DoorPlace:
    """A door: one TCP port on one closed network (DESIGN §2)."""

    service: str
    name: str
    network: Network
    port: int
    mutual: bool = True

    @property
    def server_name(self) -> str:
        """Return the DNS name that this door's certificate must bear."""
        host = self.service.replace("_", "-")
        return f"{host}.{self.network.value.replace('_', '-')}.mesh.test"


DOORS = (
    DoorPlace(PAYMENT_PROVIDER, "payers", Network.PUBLIC, 9110, mutual=False),
    DoorPlace(PAYMENT_PROVIDER, "leased_line", Network.LEASED_LINE, 9111),
    DoorPlace(PAYMENT_PROVIDER, "operator", Network.OPERATOR, 9119),
    DoorPlace(CARD_AGENT, "payers", Network.PUBLIC, 9120, mutual=False),
    DoorPlace(CARD_AGENT, "leased_line", Network.LEASED_LINE, 9121),
    DoorPlace(CARD_AGENT, "operator", Network.OPERATOR, 9129),
    DoorPlace(LGWAN_ASP, "lgwan", Network.LGWAN, 9131),
    DoorPlace(LGWAN_ASP, "mpn", Network.MPN, 9132),
    DoorPlace(LGWAN_ASP, "operator", Network.OPERATOR, 9139),
    DoorPlace(WARD_GATEWAY, "intranet", Network.INTRANET, 9141),
    DoorPlace(WARD_GATEWAY, "operator", Network.OPERATOR, 9149),
)

_CALLERS: dict[tuple[str, str], tuple[str, ...]] = {
    (PAYMENT_PROVIDER, "payers"): (),
    (CARD_AGENT, "payers"): (),
    (PAYMENT_PROVIDER, "leased_line"): file_collection.LEASED_LINE_TERMINALS,
    (CARD_AGENT, "leased_line"): card_authorisations.PROVIDER,
    (LGWAN_ASP, "lgwan"): file_collection.LGWAN_TERMINALS,
    (LGWAN_ASP, "mpn"): payeasy.BANKS,
    (WARD_GATEWAY, "intranet"): ward_intranet.STAFF,
}
WHOAMI = {place: whoami_arrow(*place, callers) for place, callers in _CALLERS.items()} | {
    (service, "operator"): arrows.whoami for service, arrows in OPERATOR_ARROWS.items()
}
_LOG_IN_DOORS = (
    (PAYMENT_PROVIDER, "leased_line"),
    (LGWAN_ASP, "lgwan"),
    (WARD_GATEWAY, "intranet"),
)
LOG_IN = {place: log_in_arrow(*place, _CALLERS[place]) for place in _LOG_IN_DOORS}

_CONVERSATIONS = (
    mobile_payments,
    sandbox_bank,
    card_tokens,
    card_authorisations,
    file_collection,
    billing_uploads,
    payeasy,
    transfer_orders,
    sandbox_books,
    ward_intranet,
    card_undoing,
    differences,
    sandbox_remittances,
    centre_operation,
    pay_in_statements,
    fee_bills,
    payeasy_bulk,
    mailing_gate,
    paper_notices,
    payeasy_totals,
    billing_releases,
    deliveries,
    debit_results,
    corrections,
)
ARROWS: tuple[AnyArrow, ...] = (
    *(arrow for conversation in _CONVERSATIONS for arrow in conversation.ARROWS),
    *(whoami for (_, door), whoami in WHOAMI.items() if door != "operator"),
    *LOG_IN.values(),
    *(arrow for arrows in OPERATOR_ARROWS.values() for arrow in arrows.all()),
)


def arrows_of(service: str, door: str) -> tuple[AnyArrow, ...]:
    """Return every arrow that ends at one door."""
    return arrows_at(ARROWS, service, door)


def door_place(service: str, name: str) -> DoorPlace:
    """Return a door by service and name; KeyError if there is none."""
    for place in DOORS:
        if (place.service, place.name) == (service, name):
            return place
    raise KeyError(f"{service}.{name}")
