"""What the measurements count as what: only figures that mean something get into them."""

from __future__ import annotations

import asyncio
import json

import pytest

from services.card_agent.domain.cards import brand_of, read_card
from shared.keys.barcode import read_barcode
from shared.kit.clock import machine_now, tokyo_date
from tests.load.bench_credit import Measured, percentiles, shares
from tests.load.lines import Answer, Line, Listener, payer_address
from tests.load.payers import ACCEPTED, AMOUNT_YEN, OVERLOADED, barcode, card_number, outcome_of


def answer(status: int, retry_after: int = 0, **body: object) -> Answer:
    return Answer(status, retry_after, json.dumps(body).encode())


def test_only_an_accepted_payment_is_a_payment():
    assert outcome_of(answer(201, state="accepted")) == ACCEPTED
    for state in ("being_confirmed", "abandoned", "declined"):
        assert outcome_of(answer(201, state=state)).startswith("error")
    assert outcome_of(answer(200, state="accepted")).startswith("error")
    assert outcome_of(Answer(201, 0, b"accepted")).startswith("error")
    assert outcome_of(Answer(201, 0, b"[]")).startswith("error")


@pytest.mark.parametrize("status", [429, 503])
def test_overloaded_is_counted_apart_only_with_its_code_and_a_time_to_come_back(status):
    assert outcome_of(answer(status, 1, code="overloaded")) == OVERLOADED
    assert outcome_of(answer(status, 0, code="overloaded")).startswith("error")
    assert outcome_of(answer(status, 1, code="authorisation_being_confirmed")).startswith("error")
    assert outcome_of(answer(500, 1, code="overloaded")).startswith("error")


def test_every_payer_has_a_loopback_address_of_his_own():
    addresses = [payer_address(number) for number in (0, 249, 250, 62_499, 62_500)]
    assert addresses == ["127.1.0.1", "127.1.0.250", "127.1.1.1", "127.1.249.250", "127.2.0.1"]


def test_cards_and_slips_are_whole():
    for number in (0, 7, 123_456):
        card = card_number(number)
        assert read_card(card, 2030, 12, tokyo_date(machine_now())).number == card
        assert brand_of(card) == "VISA"
        assert read_barcode(barcode(number)).amount_yen == AMOUNT_YEN
    assert len({card_number(number) for number in range(500)}) == 500


def test_percentiles_are_of_the_nearest_rank():
    assert percentiles([]) == {}
    assert percentiles([5.0]) == {"p50": 5.0, "p95": 5.0, "p99": 5.0}
    assert percentiles([float(n) for n in range(1, 101)]) == {
        "p50": 51.0,
        "p95": 96.0,
        "p99": 100.0,
    }


def run(side: str, payments: int, cpu_seconds: float) -> Measured:
    made = Measured(side, 8, seconds=2.0, answered=payments, cpu_seconds={"one": cpu_seconds})
    made.accepted = [1.0] * payments
    return made


def test_the_share_of_the_floor_is_the_median_of_its_pairs():
    pairs = [(100, 50), (100, 80), (50, 30)]
    found = [
        measured
        for floor, mesh in pairs
        for measured in (run("floor", floor, floor * 0.001), run("mesh", mesh, mesh * 0.002))
    ]
    assert shares(found) == {
        "8": {"of_its_rate": 0.6, "each": [0.5, 0.8, 0.6], "by_processor_time": 0.5}
    }


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 503 No\r\nRetry-After: 3\r\nContent-Length: 4\r\n\r\nbody",
        b"\r\n".join(
            (
                b"HTTP/1.1 503 No",
                b"retry-after: 3",
                b"transfer-encoding: chunked",
                b"",
                b"2",
                b"bo",
                b"2",
                b"dy",
                b"0",
                b"",
                b"",
            )
        ),
    ],
    ids=["with a length", "in pieces"],
)
async def test_a_line_reads_an_answer_whole(sent):
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(sent)
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(sent)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    line = await Line.open(Listener(server.sockets[0].getsockname()[1]), payer_address(3))
    assert line.writer.get_extra_info("sockname")[0] == "127.1.0.4"
    for _ in range(2):
        assert await line.post("/", {}) == Answer(503, 3, b"body")
    line.close()
    server.close()
