"""What the standard operator door needs of the ward: its jobs, its two peers, its keys."""

from __future__ import annotations

from functools import partial

from services.ward_gateway.clients.lgwan_asp import WHOAMI_AT_CENTRE
from services.ward_gateway.clients.payment_provider import WHOAMI_AT_PROVIDER
from services.ward_gateway.resources import Resources
from services.ward_gateway.usecases.resolve_key import resolve_key
from shared.kit.jobs import Registry
from shared.kit.operator_door import Operated, Peer


def operated(resources: Resources, jobs: Registry) -> Operated:
    """Return it; each peer is asked at the door where the ward's terminal stands."""
    provider, centre = resources.leased_line, resources.lgwan
    return Operated(
        jobs=jobs,
        peers={
            "payment_provider": Peer("payment_provider", provider.peer, WHOAMI_AT_PROVIDER),
            "lgwan_asp": Peer("lgwan_asp", centre.peer, WHOAMI_AT_CENTRE),
        },
        resolve=partial(resolve_key, resources.open_unit_of_work),
    )
