"""The floor of the telegrams' measurement: bare FastAPI and asyncpg, one row and one commit each.

It takes the same bodies over the same mutual TLS and looks at the same bills; it keeps no books,
checks nothing, and has none of our rooms. `python -m tests.load.payeasy_telegrams_floor`.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, timedelta

import asyncpg
import uvicorn
from fastapi import FastAPI, Request

from shared.kit.ids import new_id
from shared.wire.payeasy import Inquire, InquiryAnswer, NotificationResult, Notify

PREFIX = "FLOOR_"
SCHEMA = """
CREATE TABLE IF NOT EXISTS floor_sessions (
  id uuid PRIMARY KEY, institution_number text, payment_number text, category text,
  bank_code text, branch_code text, medium text, trace_number text, amount_yen bigint,
  opened_at timestamptz, valid_until timestamptz);
CREATE TABLE IF NOT EXISTS floor_receipts (
  session_id text, bank_code text, branch_code text, trace_number text, receipt_number text,
  amount_yen bigint, paid_at timestamptz, medium text,
  PRIMARY KEY (bank_code, receipt_number));
"""
BILL = "SELECT * FROM bills WHERE institution_number = $1 AND payment_number = $2 AND category = $3"
SESSION = "INSERT INTO floor_sessions VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
RECEIPT = (
    "INSERT INTO floor_receipts VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"
)


@asynccontextmanager
async def _pool(app: FastAPI) -> AsyncIterator[None]:
    """Keep as many connections as the centre does: ten, and ten more at a peak."""
    url = os.environ[f"{PREFIX}DATABASE_URL"].replace("postgresql+asyncpg:", "postgresql:")
    settings = {"jit": "off"}
    async with asyncpg.create_pool(url, min_size=10, max_size=20, server_settings=settings) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_pool, openapi_url=None)


@app.post("/inquiries")
async def post_inquiry(body: Inquire, request: Request) -> InquiryAnswer:
    """Look at the bill, keep a session, tell the bill."""
    key = (body.institution_number, body.payment_number, body.category)
    session_id, now = new_id(), body.requested_at.astimezone(UTC)
    until = now + timedelta(minutes=10)
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        bill = await connection.fetchrow(BILL, *key)
        channel = (body.bank_code, body.branch_code, body.medium, body.trace_number)
        amount = bill["amount_yen"]
        await connection.execute(SESSION, session_id, *key, *channel, amount, now, until)
    return InquiryAnswer(
        result="00",
        amount_yen=amount,
        principal_yen=bill["principal_yen"],
        late_charge_yen=bill["late_charge_yen"],
        fee_yen=bill["fee_yen"],
        due_date=bill["due_date"],
        limit_date=bill["limit_date"],
        payer_name_kana=bill["payer_name_kana"],
        description_kana=bill["description_kana"],
        session_id=str(session_id),
        valid_until=until,
    )


@app.post("/notifications")
async def post_notification(body: Notify, request: Request) -> NotificationResult:
    """Keep a receipt."""
    values = (
        body.session_id,
        body.bank_code,
        body.branch_code,
        body.trace_number,
        body.receipt_number,
        int(body.amount_yen),
        body.paid_at,
        body.medium,
    )
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(RECEIPT, *values)
    return NotificationResult(result="00")


def main() -> None:
    """Serve on loopback until a signal, with the same loop and parser as the centre."""
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ[f"{PREFIX}PORT"]),
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        ssl_certfile=os.environ[f"{PREFIX}CERTIFICATE"],
        ssl_keyfile=os.environ[f"{PREFIX}KEY"],
        ssl_ca_certs=os.environ[f"{PREFIX}AUTHORITY"],
        ssl_cert_reqs=ssl.CERT_REQUIRED,
    )


if __name__ == "__main__":
    main()
