"""Who gets through a door over real TLS, who does not, and what the server counts."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from deploy.home import Home, write_private
from deploy.pki import Purpose, _builder, _key_pem, _read_authority, issue, make_pki
from shared.kit.clock import machine_now
from shared.kit.peer_names import Network
from shared.kit.serving import ListeningDoor, serve
from shared.kit.tls import OwnCertificate, client_context, reload
from tests.integration.doors.conftest import (
    Recorder,
    make_client,
    make_door,
    open_tls,
    read_all,
    sni,
    until,
)

TERMINAL = "ward-131041-terminal-01"


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_the_application_sees_whom_the_certificate_names(home, serve_doors, loop):
    app = Recorder()
    running = serve_doors([make_door(home, app)], loop)
    with make_client(home) as client:
        answer = client.get(running.url("leased_line"), extensions=sni()).json()
    assert answer["name"] == TERMINAL
    assert answer["network"] == "leased_line"
    assert answer["municipality"] == "131041"
    assert len(answer["thumbprint"]) == 43


def test_a_header_cannot_name_the_caller(home, serve_doors):
    app = Recorder()
    running = serve_doors([make_door(home, app, mutual=False)])
    with make_client(home, None) as client:
        headers = {"mesh.caller": TERMINAL, "x-forwarded-for": "10.0.0.1"}
        answer = client.get(running.url("leased_line"), headers=headers, extensions=sni())
    assert answer.json()["name"] is None


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ((None, Network.LEASED_LINE), "no_certificate"),
        ((TERMINAL, Network.LGWAN), "unknown_authority"),
        (("expired", Network.LEASED_LINE), "expired"),
        (("server-as-client", Network.LEASED_LINE), "wrong_purpose"),
        (("card-agent", Network.LEASED_LINE), "wrong_purpose"),
    ],
)
def test_a_stranger_never_reaches_a_route_and_is_counted(home, serve_doors, shown, reason, loop):
    caller, network = shown
    app = Recorder()
    door = make_door(home, app)
    running = serve_doors([door], loop)
    with (
        make_client(home, caller, network=network, trusting=Network.LEASED_LINE) as client,
        pytest.raises(httpx2.TransportError),
    ):
        client.get(running.url("leased_line"), extensions=sni())
    assert until(lambda: door.refused.by_reason() == {reason: 1}), door.refused.by_reason()
    assert app.requests == []


@pytest.mark.parametrize("names", [["bank-0001.mpn.mesh.test"], []])
def test_a_certificate_without_a_name_of_its_network_is_refused(home, serve_doors, names, tmp_path):
    """The first fails in the handshake (name constraints), the second after it."""
    app = Recorder()
    door = make_door(home, app)
    running = serve_doors([door])
    files = sign_names(home, names, tmp_path)
    context = client_context(home.authority(Network.LEASED_LINE), *files)
    with (
        httpx2.Client(verify=context, timeout=5, trust_env=False) as client,
        pytest.raises(httpx2.TransportError),
    ):
        client.get(running.url("leased_line"), extensions=sni())
    assert until(lambda: door.refused.by_reason() == {"wrong_name": 1}), door.refused.by_reason()
    assert app.requests == []


def sign_names(home: Home, names: list[str], folder: Path) -> tuple[Path, Path]:
    """Sign what our own tool would never sign, with the leased line's real authority."""
    authority_key, authority = _read_authority(home, Network.LEASED_LINE)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder("stranger", Network.LEASED_LINE, authority.subject, key.public_key())
        .not_valid_before(machine_now() - timedelta(hours=1))
        .not_valid_after(machine_now() + timedelta(hours=1))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
    )
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternative, critical=False)
    signed = builder.sign(authority_key, hashes.SHA256())
    pem = signed.public_bytes(serialization.Encoding.PEM)
    return write_private(folder / "s.pem", pem), write_private(folder / "s.key", _key_pem(key))


def test_plain_http_is_counted_as_not_tls(home, serve_doors):
    app = Recorder()
    door = make_door(home, app)
    running = serve_doors([door])
    with socket.create_connection(running.addresses["leased_line"], timeout=5) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        raw.recv(100)
    assert until(lambda: door.refused.by_reason() == {"not_tls": 1})
    assert app.requests == []


def test_tls_1_2_is_refused_and_counted(home, serve_doors):
    door = make_door(home, Recorder())
    running = serve_doors([door])
    context = client_context(home.authority(Network.LEASED_LINE))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(running.addresses["leased_line"], timeout=5) as raw,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(raw, server_hostname=sni()["sni_hostname"])
    assert until(lambda: door.refused.by_reason() == {"old_tls": 1})


def test_no_session_can_be_resumed(home, serve_doors):
    app = Recorder()
    running = serve_doors([make_door(home, app)])
    files = home.certificate(Network.LEASED_LINE, TERMINAL)
    context = client_context(home.authority(Network.LEASED_LINE), files.certificate, files.key)
    session = None
    for _ in range(2):
        with (
            socket.create_connection(running.addresses["leased_line"], timeout=5) as raw,
            context.wrap_socket(raw, server_hostname=sni()["sni_hostname"], session=session) as tls,
        ):
            tls.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            assert read_all(tls).startswith(b"HTTP/1.1 200")
            assert not tls.session_reused
            assert tls.session is None or not tls.session.has_ticket
            session = tls.session
    assert len(app.requests) == 2


def test_a_certificate_that_ends_closes_a_kept_alive_connection(home, serve_doors):
    app = Recorder()
    clock = {"now": machine_now()}
    door = make_door(home, app, now=lambda: clock["now"])
    running = serve_doors([door])
    with make_client(home) as client:
        assert client.get(running.url("leased_line"), extensions=sni()).status_code == 200
        clock["now"] += timedelta(days=366)
        with pytest.raises(httpx2.TransportError):
            client.get(running.url("leased_line"), extensions=sni())
    assert door.refused.by_reason() == {"expired": 1}
    assert len(app.requests) == 1


def test_the_client_refuses_another_organisations_certificate(home, serve_doors):
    app = Recorder()
    door = make_door(home, app, server="card-agent")
    running = serve_doors([door])
    with make_client(home) as client, pytest.raises(httpx2.ConnectError, match="mismatch"):
        client.get(running.url("leased_line"), extensions=sni("payment-provider"))
    assert until(lambda: door.refused.total == 1)
    assert app.requests == []


def test_the_client_refuses_a_callers_certificate_as_a_server(home, serve_doors):
    app = Recorder()
    running = serve_doors([make_door(home, app, server="payment-provider-caller")])
    with make_client(home) as client, pytest.raises(httpx2.ConnectError):
        client.get(running.url("leased_line"), extensions=sni())
    assert app.requests == []


def test_the_client_refuses_another_networks_authority(home, serve_doors):
    app = Recorder()
    running = serve_doors([make_door(home, app)])
    with (
        make_client(home, trusting=Network.OPERATOR) as client,
        pytest.raises(httpx2.ConnectError),
    ):
        client.get(running.url("leased_line"), extensions=sni())
    assert app.requests == []


def test_one_name_is_a_server_and_a_caller_with_two_certificates(home, serve_doors):
    app = Recorder()
    running = serve_doors([make_door(home, app, server="card-agent")])
    with make_client(home, "payment-provider-caller") as client:
        answer = client.get(running.url("leased_line"), extensions=sni("card-agent")).json()
    assert answer["name"] == "payment-provider"


def test_two_doors_of_one_process_keep_their_networks_apart(home, serve_doors):
    closed_app, public_app = Recorder(), Recorder()
    leased_line = make_door(home, closed_app)
    public = make_door(home, public_app, network=Network.PUBLIC, mutual=False)
    running = serve_doors([leased_line, public])
    with make_client(home, None, network=Network.PUBLIC) as client:
        answer = client.get(
            running.url("public", "/pay"), extensions=sni("payment-provider", "public")
        )
    with make_client(home) as client:
        client.get(running.url("leased_line", "/list"), extensions=sni())
    assert answer.json()["name"] is None
    assert (public_app.requests, closed_app.requests) == (["/pay"], ["/list"])


def test_a_dropped_connection_is_a_remote_protocol_error(home, serve_doors):
    """DESIGN §5: rule 3 takes this for unknown, a connect error for "not done": charged twice."""
    app = Recorder()
    running = serve_doors([make_door(home, app)])
    with make_client(home) as client:
        for _ in range(2):  # on a fresh connection
            with pytest.raises(httpx2.RemoteProtocolError):
                client.post(
                    running.url("leased_line", "/drop"), content=b"x" * 200, extensions=sni()
                )
        client.get(running.url("leased_line"), extensions=sni())
        with pytest.raises(httpx2.RemoteProtocolError):  # and on one that has served before
            client.post(running.url("leased_line", "/drop"), content=b"x" * 200, extensions=sni())
    assert app.requests == ["/drop", "/drop", "/", "/drop"]


async def test_a_dropped_connection_is_a_remote_protocol_error_for_async_clients(home, serve_doors):
    app = Recorder()
    running = serve_doors([make_door(home, app)])
    files = home.certificate(Network.LEASED_LINE, TERMINAL)
    context = client_context(home.authority(Network.LEASED_LINE), files.certificate, files.key)
    async with httpx2.AsyncClient(verify=context, timeout=5, trust_env=False) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.post(running.url("leased_line", "/drop"), content=b"x", extensions=sni())
    assert app.requests == ["/drop"]


def test_closing_waits_for_running_requests_and_then_closes_resources(home, serve_doors):
    app = Recorder()
    running = serve_doors([make_door(home, app)])
    answers = []
    with make_client(home) as idle, make_client(home) as client:
        idle.get(running.url("leased_line"), extensions=sni())
        app.entered.clear()

        def ask():
            answers.append(client.get(running.url("leased_line", "/wait"), extensions=sni()))

        asking = threading.Thread(target=ask)
        asking.start()
        assert app.entered.wait(5)
        running.stop()
        assert until(lambda: refuses_connections(running.addresses["leased_line"]))
        assert not running.closed.is_set()
        app.release.set()
        asking.join(5)
    assert answers[0].status_code == 200
    assert running.closed.wait(5)
    assert app.finished == ["/", "/wait"]


def refuses_connections(address) -> bool:
    try:
        socket.create_connection(address, timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_taken_port_opens_no_door_and_closes_resources(home, serve_doors):
    app, happened = Recorder(), []
    first = make_door(home, app)
    running = serve_doors([first])
    port = running.addresses["leased_line"][1]
    context = make_door(home, app).ssl_context
    doors = [
        ListeningDoor("free", app, "127.0.0.1", 0, context),
        ListeningDoor("taken", app, "127.0.0.1", port, context),
    ]

    async def on_started(_):
        happened.append("started")

    async def on_closed():
        happened.append("closed")

    async def main():
        await serve(doors, stop=asyncio.Event(), on_started=on_started, on_closed=on_closed)

    with pytest.raises(OSError, match="in use"):
        asyncio.run(main())
    assert happened == ["closed"]


def test_a_renewed_certificate_is_used_without_a_restart(home, serve_doors, tmp_path):
    own = Home(tmp_path / "home").prepare()
    make_pki(own)
    door = make_door(own, Recorder())
    running = serve_doors([door])
    with open_tls(own, running.addresses["leased_line"]) as tls:
        before = tls.getpeercert(binary_form=True)
    renewed = issue(own, Network.LEASED_LINE, "payment-provider", purpose=Purpose.SERVER)
    reload(door.ssl_context, renewed.certificate, renewed.key)
    with open_tls(own, running.addresses["leased_line"]) as tls:
        assert tls.getpeercert(binary_form=True) != before


def test_a_pair_that_does_not_fit_leaves_the_old_certificate_in_place(home, serve_doors):
    door = make_door(home, Recorder())
    running = serve_doors([door])
    ours = home.certificate(Network.LEASED_LINE, "payment-provider")
    other = home.certificate(Network.LEASED_LINE, "card-agent")
    with pytest.raises(ssl.SSLError):
        reload(door.ssl_context, other.certificate, ours.key)
    with make_client(home) as client:
        assert client.get(running.url("leased_line"), extensions=sni()).status_code == 200


def test_a_client_sees_that_its_own_certificate_has_ended(home):
    now = machine_now()
    good = home.certificate(Network.LEASED_LINE, TERMINAL).certificate
    ended = home.certificate(Network.LEASED_LINE, "expired").certificate
    assert OwnCertificate.of(good).may_be_shown(now)
    assert not OwnCertificate.of(good).may_be_shown(now - timedelta(days=1))
    assert not OwnCertificate.of(ended).may_be_shown(now)
