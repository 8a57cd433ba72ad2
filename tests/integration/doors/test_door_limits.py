"""What a door puts up with from a caller who is slow, large, many or not speaking HTTP."""

from __future__ import annotations

import pytest

from shared.kit.serving import DoorLimits
from tests.integration.doors.conftest import (
    Recorder,
    make_door,
    open_tls,
    read_all,
    read_answer,
)


@pytest.mark.parametrize("first", [b"", b"GET / HTTP/1.1\r\nhost: x\r\n", b"\r\n"])
def test_a_head_that_trickles_in_is_refused(home, serve_doors, first):
    app = Recorder()
    door = make_door(home, app, limits=DoorLimits(head_seconds=0.3))
    running = serve_doors([door])
    with open_tls(home, running.addresses["leased_line"]) as tls:
        tls.sendall(first)
        assert read_all(tls).startswith(b"HTTP/1.1 408 ")
    assert door.refused.by_reason() == {"too_slow": 1}
    assert app.requests == []


def test_empty_lines_do_not_hold_a_kept_alive_connection_open(home, serve_doors):
    door = make_door(home, Recorder(), limits=DoorLimits(head_seconds=0.3, keep_alive_seconds=30))
    running = serve_doors([door])
    with open_tls(home, running.addresses["leased_line"]) as tls:
        tls.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert read_answer(tls).startswith(b"HTTP/1.1 200")
        tls.sendall(b"\r\n")
        assert read_all(tls).startswith(b"HTTP/1.1 408 ")
    assert door.refused.by_reason() == {"too_slow": 1}


def test_a_body_that_trickles_in_is_hung_up_on(home, serve_doors):
    door = make_door(home, Recorder(), limits=DoorLimits(body_seconds=0.3))
    running = serve_doors([door])
    with open_tls(home, running.addresses["leased_line"]) as tls:
        tls.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345")
        assert read_all(tls) == b""
    assert door.refused.by_reason() == {"too_slow": 1}


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nlong: " + b"a" * 5000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nunfinished: " + b"a" * 5000,
    ],
)
def test_a_head_over_the_limit_is_refused(home, serve_doors, head):
    app = Recorder()
    door = make_door(home, app, limits=DoorLimits(head_bytes=4096))
    running = serve_doors([door])
    with open_tls(home, running.addresses["leased_line"]) as tls:
        tls.sendall(head)
        answer = read_all(tls)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b'"code": "head_too_large"' in answer
    assert app.requests == []


def test_what_is_not_http_is_answered_without_repeating_it(home, serve_doors):
    app = Recorder()
    door = make_door(home, app)
    running = serve_doors([door])
    with open_tls(home, running.addresses["leased_line"]) as tls:
        tls.sendall(b"4111111111111111\r\n\r\n")
        answer = read_all(tls)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"4111" not in answer
    assert door.refused.by_reason() == {"malformed_request": 1}


def test_more_connections_than_allowed_are_hung_up_on(home, serve_doors):
    door = make_door(home, Recorder(), limits=DoorLimits(connections=1))
    running = serve_doors([door])
    with open_tls(home, running.addresses["leased_line"]) as first:
        first.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert read_answer(first).startswith(b"HTTP/1.1 200")
        with open_tls(home, running.addresses["leased_line"]) as second:
            assert read_all(second) == b""
    assert door.refused.by_reason() == {"too_many_connections": 1}
