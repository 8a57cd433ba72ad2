"""The floor of the card payments' measurement: bare FastAPI and asyncpg, the same hops and commits.

Two servers, a provider and a card agent, with the bodies, certificates and connections of ours;
they keep no books, check nothing, and have none of our rooms. Of the five commits of a payment two
are the provider's, two the agent's, and one the card network's, which stands in its process.
`python -m tests.load.credit_floor provider` (or `agent`), started by bench_credit.
"""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import asyncpg
import httpx2
import uvicorn
from fastapi import FastAPI, Request

from shared.kit.clock import machine_now
from shared.kit.ids import new_id
from shared.kit.tls import client_context
from shared.wire.card_authorisations import AuthoriseCard, CardAuthorised
from shared.wire.mobile_payments import PayByCard, PaymentView

PREFIX = "FLOOR_"
SCHEMA = {
    "payment_provider": """
CREATE TABLE floor_payments (
  id uuid PRIMARY KEY, peer_id uuid, state text, municipality text, barcode text,
  amount_yen bigint, fee_yen bigint, asked_at timestamptz, paid_at timestamptz,
  designated_date date);
""",
    "card_agent": """
CREATE TABLE floor_authorisations (
  id uuid PRIMARY KEY, state text, municipality text, barcode text, amount_yen bigint,
  fee_yen bigint, asked_at timestamptz, commission_number text, authorised_at timestamptz);
CREATE TABLE floor_approvals (
  reference uuid PRIMARY KEY, municipality text, total_yen bigint, at timestamptz);
""",
}
TOWN, FEE_YEN, DAY = "131041", 165, date(2025, 6, 9)
PAYMENT = (
    "INSERT INTO floor_payments (id, peer_id, state, municipality, barcode, amount_yen, fee_yen,"
    " asked_at) VALUES ($1, $2, 'ASKING', $3, $4, $5, $6, $7)"
)
PAID = (
    "UPDATE floor_payments SET state = 'AUTHORISED', paid_at = $2, designated_date = $3"
    " WHERE id = $1"
)
AUTHORISATION = (
    "INSERT INTO floor_authorisations (id, state, municipality, barcode, amount_yen, fee_yen,"
    " asked_at) VALUES ($1, 'ASKING', $2, $3, $4, $5, $6)"
)
APPROVAL = "INSERT INTO floor_approvals VALUES ($1, $2, $3, $4)"
AUTHORISED = (
    "UPDATE floor_authorisations SET state = 'AUTHORISED', commission_number = $2,"
    " authorised_at = $3 WHERE id = $1"
)


def _told(name: str) -> str:
    return os.environ[f"{PREFIX}{name}"]


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    """Keep as many connections to the database, and to the peer, as our services do."""
    url = _told("DATABASE_URL").replace("postgresql+asyncpg:", "postgresql:")
    settings = {"jit": "off"}
    async with asyncpg.create_pool(url, min_size=10, max_size=20, server_settings=settings) as pool:
        app.state.pool = pool
        files = (Path(_told(f"PEER_{each}")) for each in ("AUTHORITY", "CERTIFICATE", "KEY"))
        context = client_context(*files)
        limits = httpx2.Limits(max_connections=64, max_keepalive_connections=64)
        async with httpx2.AsyncClient(verify=context, limits=limits, trust_env=False) as client:
            app.state.client = client
            yield


provider = FastAPI(lifespan=_open, openapi_url=None)
agent = FastAPI(lifespan=_open, openapi_url=None)


@provider.post("/credit-payments", status_code=201)
async def post_credit_payment(body: PayByCard, request: Request) -> PaymentView:
    """Keep a row, ask the agent, keep what it said."""
    state, now = request.app.state, machine_now()
    question = AuthoriseCard(
        authorisation_id=new_id(),
        municipality=TOWN,
        barcode=body.barcode,
        amount_yen=body.amount_yen,
        fee_yen=FEE_YEN,
        card_token=body.card_token,
    )
    yen = (int(body.amount_yen), FEE_YEN)
    peer_id = question.authorisation_id
    await state.pool.execute(PAYMENT, body.payment_id, peer_id, TOWN, body.barcode, *yen, now)
    answer = await state.client.post(
        _told("PEER_URL") + "/authorisations",
        content=question.model_dump_json(),
        headers={"content-type": "application/json"},
        extensions={"sni_hostname": _told("PEER_NAME")},
    )
    answer.raise_for_status()
    told = CardAuthorised.model_validate_json(answer.content)
    await state.pool.execute(PAID, body.payment_id, told.authorised_at, told.designated_date)
    return PaymentView(
        payment_id=body.payment_id,
        channel="mobile_credit",
        state="accepted",
        reason=None,
        amount_yen=body.amount_yen,
        fee_yen=FEE_YEN,
        paid_at=told.authorised_at,
    )


@agent.post("/authorisations", status_code=201)
async def post_authorisation(body: AuthoriseCard, request: Request) -> CardAuthorised:
    """Keep a row, keep the network's row, keep the commission."""
    pool, now = request.app.state.pool, machine_now()
    yen = (int(body.amount_yen), int(body.fee_yen))
    asked = (body.authorisation_id, body.municipality, body.barcode, *yen, now)
    await pool.execute(AUTHORISATION, *asked)
    await pool.execute(APPROVAL, body.authorisation_id, body.municipality, sum(yen), now)
    number = f"{body.barcode}20250602001"
    await pool.execute(AUTHORISED, body.authorisation_id, number, now)
    return CardAuthorised(
        authorisation_id=body.authorisation_id,
        commission_number=number,
        approval_number="123456",
        brand="VISA",
        authorised_at=now,
        designated_date=DAY,
    )


def main() -> None:
    """Serve on loopback until a signal, with the same loop and parser as our services."""
    mutual = _told("CLIENT_AUTHORITY")
    uvicorn.run(
        {"provider": provider, "agent": agent}[sys.argv[1]],
        host="127.0.0.1",
        port=int(_told("PORT")),
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        ssl_certfile=_told("CERTIFICATE"),
        ssl_keyfile=_told("KEY"),
        ssl_ca_certs=mutual or None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if mutual else ssl.CERT_NONE,
    )


if __name__ == "__main__":
    main()
