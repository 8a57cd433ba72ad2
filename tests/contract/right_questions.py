"""A right question for every arrow of the doors of agent, provider, ward and operators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from deploy.installation import MUNICIPALITY, STAFF, TERMINAL, TERMINAL_USER
from shared.kit.ids import new_id
from shared.kit.standard_arrows import LogIn, PutUser
from shared.wire.card_authorisations import (
    AUTHORISE_CARD,
    LIST_COMMISSIONS,
    SETTLE_AUTHORISATION,
)
from shared.wire.card_tokens import MAKE_CARD_TOKEN
from shared.wire.card_undoing import REPORT_PAYMENTS, UNDO_AUTHORISATION
from shared.wire.doors import (
    LOG_IN,
    OPERATOR_ARROWS,
    PAYMENT_PROVIDER,
    WARD_GATEWAY,
    WHOAMI,
)
from shared.wire.file_collection import AT_CARD_AGENT as AGENT_FILES
from shared.wire.file_collection import AT_PROVIDER as PROVIDER_FILES
from shared.wire.file_collection import CollectionArrows
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
from tests.contract.documented_doors import Questions, Right
from tests.contract.intranet_questions import AT_THE_INTRANET
from tests.contract.living_town import LAST, PROVIDER, Make, Town, as_json, card_of, fixed
from tests.contract.operator_questions import AT_OPERATORS
from tests.support.mesh import TestMesh

# The payers' doors.


async def read_slip(town: Town) -> Right:
    return Right(body={"barcode": town.slip().barcode})


async def accept_terms(town: Town) -> Right:
    version = (await town.mesh.access.at(None, READ_TERMS).ask(READ_TERMS)).version
    return Right(body={"acceptance_id": str(new_id()), "version": version})


async def pay_by_card(town: Town) -> Right:
    return Right(body=as_json(await town.paying_by_card()))


async def pay_by_bank(town: Town) -> Right:
    return Right(body=as_json(town.paying_by_bank()))


async def return_from_bank(town: Town) -> Right:
    return Right(path={"payment_id": str((await town.at_bank()).payment_id)})


async def read_payment(town: Town) -> Right:
    return Right(path={"payment_id": str(await town.paid_by_card())})


async def decide_at_bank(town: Town) -> Right:
    session = (await town.at_bank()).bank_session
    assert session is not None
    body = {"account_reference": "account-1", "decision": "approve"}
    return Right(path={"session": session.session}, body=body)


async def make_card_token(_: Town) -> Right:
    return Right(body=as_json(card_of(1000)))


# Files: the provider's for the wards, the agent's for the provider.


async def terminal_token(town: Town, purpose: str) -> str:
    arrow = LOG_IN[PAYMENT_PROVIDER, "leased_line"]
    body = LogIn(**terminal_login(town, purpose))
    return (await town.mesh.access.at(TERMINAL, arrow).ask(arrow, body)).token


def terminal_login(town: Town, purpose: str) -> dict[str, Any]:
    password = town.mesh.installation.password_of(PAYMENT_PROVIDER, TERMINAL_USER)
    return {"user_id": TERMINAL_USER, "password": password, "purpose": purpose}


def logging_in(service: str, door: str, caller: str, role: str) -> Make:
    """Return a log-in of a user whom nobody else needs: wrong passwords lock it."""

    async def make(town: Town) -> Right:
        user = PutUser(
            door=door, municipality=MUNICIPALITY, roles=(role,), password="a-long-enough-password"
        )
        await town.mesh.access.operate(
            OPERATOR_ARROWS[service].put_user, user, user_id="asked-often"
        )
        body = {"user_id": "asked-often", "password": user.password, "purpose": "session"}
        return Right(caller, body=body, is_repeatable=False)

    return make


async def _who(town: Town, arrows: CollectionArrows, purpose: str) -> tuple[str, str | None]:
    if arrows is AGENT_FILES:
        return PROVIDER, None
    return TERMINAL, await terminal_token(town, purpose)


async def _waiting(town: Town, arrows: CollectionArrows) -> tuple[str, str]:
    """Return id and hash of the oldest file that waits."""
    caller, token = await _who(town, arrows, "session")
    client = town.mesh.access.at(caller, arrows.list_files)
    file = (await client.ask(arrows.list_files, token=token)).files[0]
    return str(file.file_id), file.sha256


def listing(arrows: CollectionArrows) -> Make:
    async def make(town: Town) -> Right:
        return Right(*await _who(town, arrows, "session"))

    return make


def collecting(arrows: CollectionArrows) -> Make:
    async def make(town: Town) -> Right:
        file_id, _ = await _waiting(town, arrows)
        return Right(*await _who(town, arrows, "reception"), {"file_id": file_id})

    return make


def acknowledging(arrows: CollectionArrows) -> Make:
    async def make(town: Town) -> Right:
        file_id, sha256 = await _waiting(town, arrows)
        body = {"file_id": file_id, "sha256": sha256}
        who = await _who(town, arrows, "session")
        return Right(*who, {"file_id": file_id}, body=body)

    return make


def files(arrows: CollectionArrows) -> dict[str, Make]:
    return {
        arrows.list_files.name: listing(arrows),
        arrows.collect_file.name: collecting(arrows),
        arrows.acknowledge_file.name: acknowledging(arrows),
    }


# The agent's leased line.


async def authorise(town: Town) -> Right:
    return Right(PROVIDER, body=as_json(await town.authorising()))


async def settle(town: Town) -> Right:
    return await _about_a_commission(town, {})


async def undo_authorisation(town: Town) -> Right:
    return await _about_a_commission(town, {"fault": "answer_lost"})


async def _about_a_commission(town: Town, more: dict[str, str]) -> Right:
    asked = await town.commissioned()
    body = {"municipality": MUNICIPALITY, "amount_yen": int(asked.amount_yen)} | more
    return Right(PROVIDER, path={"authorisation_id": str(asked.authorisation_id)}, body=body)


async def report_payments(_: Town) -> Right:
    path = {"day": LAST.isoformat(), "revision": 1, "page": 1}
    return Right(PROVIDER, path=path, body={"payments": [], "is_last": True})


# The ward's intranet.


PUBLIC = fixed(Right())
MAKERS: dict[str, Make] = {
    WHOAMI["card_agent", "payers"].name: PUBLIC,
    WHOAMI["payment_provider", "payers"].name: PUBLIC,
    WHOAMI["card_agent", "leased_line"].name: fixed(Right(PROVIDER)),
    WHOAMI["payment_provider", "leased_line"].name: fixed(Right(TERMINAL)),
    WHOAMI["ward_gateway", "intranet"].name: fixed(Right(STAFF["clerk"][0])),
    LOG_IN["payment_provider", "leased_line"].name: logging_in(
        PAYMENT_PROVIDER, "leased_line", TERMINAL, "terminal"
    ),
    LOG_IN["ward_gateway", "intranet"].name: logging_in(
        WARD_GATEWAY, "intranet", STAFF["clerk"][0], "clerk"
    ),
    MAKE_CARD_TOKEN.name: make_card_token,
    READ_SLIP.name: read_slip,
    READ_TERMS.name: PUBLIC,
    ACCEPT_TERMS.name: accept_terms,
    PAY_BY_CARD.name: pay_by_card,
    PAY_BY_BANK.name: pay_by_bank,
    RETURN_FROM_BANK.name: return_from_bank,
    READ_PAYMENT.name: read_payment,
    DECIDE_AT_BANK.name: decide_at_bank,
    **files(PROVIDER_FILES),
    **files(AGENT_FILES),
    AUTHORISE_CARD.name: authorise,
    SETTLE_AUTHORISATION.name: settle,
    LIST_COMMISSIONS.name: fixed(
        Right(PROVIDER, query={"municipality": MUNICIPALITY, "day": "2025-06-03"})
    ),
    UNDO_AUTHORISATION.name: undo_authorisation,
    REPORT_PAYMENTS.name: report_payments,
    **AT_OPERATORS,
    **AT_THE_INTRANET,
}


def questions(town: Town) -> Questions:
    """Return the right questions, each to be made when its turn comes."""

    def bound(make: Make) -> Callable[[TestMesh], Awaitable[Right]]:
        async def ask(_: TestMesh) -> Right:
            return await make(town)

        return ask

    return {name: bound(make) for name, make in MAKERS.items()}
