"""The gate: who may pass, how large a body may be, and what happens when something breaks."""

from __future__ import annotations

import itertools
from dataclasses import replace
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from shared.kit.address_limits import AddressLimit
from shared.kit.faults import Fault
from tests.unit.shared.kit.sample_door import (
    BODY_LIMIT_BYTES,
    WARD,
    Shop,
    Visitor,
    caller,
    make_door,
    make_foundation,
)

CORRELATION = "0b1f0c5e-0000-4000-8000-000000000001"


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture(autouse=True)
def lines():
    """The lines that were logged."""
    with capture_logs() as captured:
        yield captured


@pytest.fixture
def ward(shop) -> Visitor:
    return Visitor(make_door(make_foundation(), shop), caller())


async def pieces(*sent: bytes):
    for piece in sent:
        yield piece


async def test_a_caller_on_the_list_passes(ward, shop):
    answer = await ward.asks("PUT", "/weights", json={"grams": 5})
    assert (answer.status_code, answer.json()["grams"]) == (201, 5)
    assert answer.json()["actor"] == WARD
    assert shop.reached == ["weigh"]


async def test_a_file_passes_as_bytes(ward):
    answer = await ward.asks("GET", "/scans/abc")
    assert (answer.content, answer.headers["content-type"]) == (b"abc", "application/octet-stream")


async def test_who_shows_no_certificate_stays_outside(shop):
    nobody = Visitor(make_door(make_foundation(), shop))
    answer = await nobody.asks("PUT", "/weights", json={"grams": 5})
    assert (answer.status_code, answer.json()["code"]) == (403, "caller_unknown")
    assert shop.reached == []


@pytest.mark.parametrize("name", ["cat", "bank-0001", "operator"])
async def test_who_is_not_on_an_arrows_list_stays_outside(shop, name):
    visitor = Visitor(make_door(make_foundation(), shop), caller(name))
    answer = await visitor.asks("PUT", "/weights", json={"grams": 5})
    assert (answer.status_code, answer.json()["code"]) == (403, "caller_not_admitted")
    assert shop.reached == []


async def test_each_arrow_has_its_own_list(shop):
    cat = Visitor(make_door(make_foundation(), shop), caller("cat"))
    assert (await cat.asks("GET", "/weights/7")).status_code == 200


async def test_a_caller_cannot_be_claimed_by_a_header(shop):
    nobody = Visitor(make_door(make_foundation(), shop))
    headers = {"mesh.caller": WARD, "x-forwarded-client-cert": f"Subject={WARD}"}
    answer = await nobody.asks("GET", "/weights/7", headers=headers)
    assert answer.json()["code"] == "caller_unknown"


async def test_a_public_door_asks_for_no_certificate(shop):
    payer = Visitor(make_door(make_foundation(), shop, mutual=False))
    answer = await payer.asks("PUT", "/weights", json={"grams": 5})
    assert (answer.status_code, answer.json()["actor"]) == (201, "payer")


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("GET /nowhere", 404),
        ("POST /weights", 405),
        ("DELETE /weights/7", 405),
        ("HEAD /weights/7", 405),
        ("GET /weights/7/", 404),
        ("GET /x/weights/7", 404),
        ("GET /openapi.json", 404),
        ("GET /docs", 404),
    ],
)
async def test_a_path_of_no_arrow_ends_at_the_gate(ward, shop, question, status):
    method, path = question.split()
    answer = await ward.asks(method, path)
    code = {404: "no_such_path", 405: "method_not_allowed"}[status]
    assert answer.status_code == status
    assert code in answer.text or method == "HEAD"
    assert shop.reached == []


@pytest.mark.parametrize("path", ["/weights%0A", "/weights/", "/%77eights%0A", "/weights%2F"])
async def test_no_spelling_of_a_path_leads_around_an_arrows_list(shop, path):
    cat = Visitor(make_door(make_foundation(), shop), caller("cat"))
    answer = await cat.asks("PUT", path, json={"grams": 5})
    assert answer.status_code in {403, 404}
    assert shop.reached == []


async def test_a_stranger_does_not_learn_which_paths_there_are(shop):
    stranger = Visitor(make_door(make_foundation(), shop), caller("stranger"))
    for path in ("/nowhere", "/weights/7"):
        assert (await stranger.asks("GET", path)).json()["code"] == "caller_not_admitted"


async def test_a_body_that_says_it_is_too_large_is_not_read(ward, shop):
    read: list[bytes] = []

    async def endless():
        for piece in itertools.repeat(b"x" * 100):
            read.append(piece)
            yield piece

    headers = {"content-length": str(BODY_LIMIT_BYTES + 1)}
    answer = await ward.asks("PUT", "/weights", content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert (shop.reached, read) == ([], [])


@pytest.mark.parametrize("path", ["/weights", "/weights?x=1"])
async def test_a_body_that_does_not_say_its_length_is_cut_off(ward, shop, path):
    sent = [b'{"grams":', *[b" " * 50] * 10, b"1}"]
    headers = {"content-type": "application/json"}
    answer = await ward.asks("PUT", path, content=pieces(*sent), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert shop.reached == []


async def test_a_body_that_lies_about_its_length_is_cut_off(ward, shop):
    headers = {"content-type": "application/json", "content-length": "10"}
    sent = b'{"grams": 1}' + b" " * BODY_LIMIT_BYTES
    answer = await ward.asks("PUT", "/weights", content=pieces(sent), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert shop.reached == []


@pytest.mark.parametrize("length", ["-1", "1.5", "x", "", "9" * 5000, "+1"])
async def test_a_length_that_is_no_number_is_refused(ward, shop, length):
    answer = await ward.asks(
        "PUT", "/weights", content=pieces(), headers={"content-length": length}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert shop.reached == []


async def test_a_body_of_exactly_the_limit_passes(ward, shop):
    sent = b'{"grams": 1}'.ljust(BODY_LIMIT_BYTES)
    headers = {"content-type": "application/json"}
    for content in (sent, pieces(sent)):
        answer = await ward.asks("PUT", "/weights", content=content, headers=headers)
        assert answer.status_code == 201
    assert shop.reached == ["weigh", "weigh"]


async def test_a_refusal_passes_through_the_gate(ward):
    answer = await ward.asks("PUT", "/weights", json={"grams": 2000})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_heavy")
    assert answer.json()["problems"] == [{"field": "grams", "code": "too_heavy"}]


async def test_an_unknown_exception_is_a_500_problem_without_detail(ward, lines):
    answer = await ward.asks("GET", "/weights/broken")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (500, "internal_error")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "scales" not in answer.text
    assert problem["correlation_id"] == answer.headers["correlation-id"]
    assert [line["event"] for line in lines] == ["unknown_exception", "answered"]
    assert lines[0]["exc_info"] is True


async def test_an_application_that_breaks_before_it_answers_gives_the_same_500(ward):
    async def broken(scope, receive, send) -> None:
        raise OSError("disk full")

    ward.app.app = broken
    answer = await ward.asks("GET", "/weights/7")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "disk" not in answer.text


async def test_half_an_answer_is_never_finished(ward):
    async def breaks_off(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ha", "more_body": True})
        raise OSError("disk gone")

    ward.app.app = breaks_off
    with pytest.raises(OSError, match="disk gone"):
        await ward.asks("GET", "/weights/7")


async def test_a_scenario_is_refused_outside_the_sandbox(ward, shop):
    answer = await ward.asks("GET", "/weights/7", headers={"Sandbox-Scenario": "slow"})
    assert (answer.status_code, answer.json()["code"]) == (400, "sandbox_only")
    assert shop.reached == []


async def test_a_scenario_passes_in_the_sandbox(shop):
    ward = Visitor(make_door(make_foundation(sandbox=True), shop), caller())
    answer = await ward.asks("GET", "/weights/7", headers={"Sandbox-Scenario": "slow"})
    assert answer.status_code == 200


async def test_a_scenario_where_it_means_nothing_is_refused_and_not_ignored(shop):
    ward = Visitor(make_door(make_foundation(sandbox=True), shop), caller())
    headers = {"Sandbox-Scenario": "slow"}
    answer = await ward.asks("PUT", "/weights", json={"grams": 5}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "scenario_not_taken")
    assert shop.reached == []


@pytest.mark.parametrize(("sandbox", "status"), [(False, 404), (True, 200)])
async def test_a_sandbox_arrow_exists_in_the_sandbox_only(shop, sandbox, status):
    ward = Visitor(make_door(make_foundation(sandbox=sandbox), shop), caller())
    answer = await ward.asks("GET", "/rewind?id=x")
    assert answer.status_code == status


async def test_a_known_callers_correlation_id_is_taken_over(ward):
    answer = await ward.asks("GET", "/weights/7", headers={"correlation-id": CORRELATION})
    assert answer.json()["correlation_id"] == CORRELATION
    assert answer.headers["correlation-id"] == CORRELATION


async def test_a_strangers_correlation_id_is_not_taken_over(shop):
    payer = Visitor(make_door(make_foundation(), shop, mutual=False))
    answer = await payer.asks("GET", "/weights/7", headers={"correlation-id": CORRELATION})
    assert answer.json()["correlation_id"] != CORRELATION
    assert UUID(answer.headers["correlation-id"]).version == 4


@pytest.mark.parametrize("sent", ["4111111111111112", "山田".encode(), "-", "x" * 36])
async def test_a_correlation_id_that_is_none_is_replaced(ward, sent):
    answer = await ward.asks("GET", "/weights/7", headers={"correlation-id": sent})
    assert UUID(answer.headers["correlation-id"]).version == 4


async def test_a_refused_caller_gets_a_correlation_id_too(shop):
    nobody = Visitor(make_door(make_foundation(), shop))
    answer = await nobody.asks("GET", "/weights/7", headers={"correlation-id": CORRELATION})
    assert answer.headers["correlation-id"] == answer.json()["correlation_id"] == CORRELATION


async def test_each_call_is_one_line_without_its_path_or_body(ward, lines):
    await ward.asks("GET", "/weights/4111111111111112")
    await ward.asks("GET", "/nowhere/4111111111111112")
    told = [(line["event"], line["arrow"], line["status"]) for line in lines]
    assert told == [("answered", "read", 200), ("answered", "unknown", 404)]
    assert "4111111111111112" not in str(lines)


async def test_a_question_that_is_lost_never_reaches_the_application(shop):
    foundation = make_foundation(sandbox=True)
    ward = Visitor(make_door(foundation, shop), caller())
    foundation.faults.plan(Fault("read", "before"))
    with pytest.raises(AssertionError):  # the connection was ended: there is no answer to read
        await ward.asks("GET", "/weights/7")
    assert (ward.drops, shop.reached) == (1, [])
    assert (await ward.asks("GET", "/weights/7")).status_code == 200


async def test_an_answer_that_is_lost_was_given(shop):
    foundation = make_foundation(sandbox=True)
    ward = Visitor(make_door(foundation, shop), caller())
    foundation.faults.plan(Fault("read", "after"))
    with pytest.raises(AssertionError):
        await ward.asks("GET", "/weights/7")
    assert (ward.drops, shop.reached) == (1, ["read"])


async def test_outside_the_sandbox_no_fault_strikes(shop):
    foundation = make_foundation()
    ward = Visitor(make_door(foundation, shop), caller())
    foundation.faults.plan(Fault("read", "before"))
    assert (await ward.asks("GET", "/weights/7")).status_code == 200
    assert ward.drops == 0


async def test_what_is_not_http_does_not_pass(ward, shop):
    sent: list[object] = []

    async def send(message) -> None:
        sent.append(message)

    await ward.app({"type": "websocket", "path": "/weights"}, None, send)
    assert (sent, shop.reached) == ([], [])


TASTE = {"json": {"grams": 5}}


@pytest.fixture
def counter(shop):
    """A door that two tastes a minute may be asked for from one address."""
    limit = AddressLimit(2, now_ns=lambda: 1_000_000)
    return make_door(make_foundation(tastes=limit), shop, mutual=False)


async def test_what_is_over_the_limit_reaches_nobody_and_says_when_to_come_back(counter, shop):
    payer = Visitor(counter)
    answers = [await payer.asks("POST", "/tastes", **TASTE) for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "overloaded"
    assert answers[2].headers["retry-after"] == "30"
    assert shop.reached == ["weigh", "weigh"]


async def test_a_limit_per_address_slows_down_nobody_else(counter):
    for address in ("192.0.2.1", "192.0.2.2", "2001:db8::1"):
        payer = Visitor(counter, address=address)
        answers = [await payer.asks("POST", "/tastes", **TASTE) for _ in range(3)]
        assert [a.status_code for a in answers] == [200, 200, 429]


async def test_a_header_does_not_change_the_address(counter):
    payer = Visitor(counter)
    headers = [{"X-Forwarded-For": f"192.0.2.{n}", "Forwarded": f"for=192.0.2.{n}"} for n in "123"]
    answers = [await payer.asks("POST", "/tastes", headers=h, **TASTE) for h in headers]
    assert [a.status_code for a in answers] == [200, 200, 429]


async def test_other_questions_of_the_same_address_are_still_answered(counter):
    payer = Visitor(counter)
    for _ in range(3):
        await payer.asks("POST", "/tastes", **TASTE)
    assert (await payer.asks("PUT", "/weights", json={"grams": 5})).status_code == 201


async def test_the_body_of_a_question_over_the_limit_is_not_read(counter):
    payer = Visitor(counter)
    taken: list[bytes] = []

    async def body():
        for piece in (b"{", b"}"):
            taken.append(piece)
            yield piece

    for _ in range(2):
        await payer.asks("POST", "/tastes", content=body())
    read_before = len(taken)
    scope_only = await payer.asks("POST", "/tastes", headers={"content-length": "999999"})
    assert (scope_only.status_code, read_before) == (429, 4)


async def test_a_malformed_or_oversized_question_counts_as_well(counter):
    payer = Visitor(counter)
    assert (await payer.asks("POST", "/tastes", json={})).status_code == 422
    too_large = {"content": b" " * (BODY_LIMIT_BYTES + 1)}
    assert (await payer.asks("POST", "/tastes", **too_large)).status_code == 413
    assert (await payer.asks("POST", "/tastes", **TASTE)).status_code == 429


def test_a_door_with_an_unlimited_arrow_that_should_have_a_limit_does_not_open(shop):
    foundation = replace(make_foundation(), address_limits={})
    with pytest.raises(AssertionError, match=r"no limit per address for \[.taste"):
        make_door(foundation, shop)
