"""A client certificate that ends in mid-day, over real TLS: its holder sends nothing any more."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from deploy.pki import Purpose, issue
from shared.kit.arrow import Arrow, NoBody, Wire
from shared.kit.clock import machine_now
from shared.kit.peer import PeerAddress, PeerClient, PeerNotDone, PeerOutcomeUnknown
from shared.kit.peer_names import Network
from shared.kit.service_settings import PeerSettings
from shared.kit.tls import client_context
from tests.integration.doors.conftest import Recorder, make_door, sni

TERMINAL = "ward-131041-terminal-01"
LIFE = timedelta(seconds=2)


class Seen(Wire):
    """What the recorder answers."""

    name: str | None
    network: str | None
    thumbprint: str | None
    municipality: str | None


ASK = Arrow("ask", "payment_provider", "leased_line", "GET", "/ask", NoBody, Seen)


def short_lived(home, file_name):
    """Issue a certificate that ends within seconds; return its files and its last instant."""
    ends = machine_now().replace(microsecond=0) + LIFE
    files = issue(
        home,
        Network.LEASED_LINE,
        TERMINAL,
        purpose=Purpose.CALLER,
        not_after=ends,
        file_name=file_name,
    )
    return files, ends


async def until_the_end(ends):
    await asyncio.sleep((ends - machine_now()).total_seconds() + 0.01)
    assert machine_now() >= ends


async def test_an_ended_certificate_sends_nothing(home, serve_doors):
    recorder = Recorder()
    url = serve_doors([make_door(home, recorder)]).url("leased_line", "")
    files, ends = short_lived(home, "ends-today")
    ours = PeerSettings(
        url=url,
        server_name=sni()["sni_hostname"],
        authority=home.authority(Network.LEASED_LINE),
        certificate=files.certificate,
        key=files.key,
    ).client()
    context = client_context(home.authority(Network.LEASED_LINE), files.certificate, files.key)
    blind = PeerClient.over_tls(PeerAddress(url, sni()["sni_hostname"]), context)
    for client in (ours, blind):
        assert (await client.ask(ASK)).name == TERMINAL
    await until_the_end(ends)
    with pytest.raises(PeerNotDone, match="our own certificate"):
        await ours.ask(ASK)
    with pytest.raises(PeerOutcomeUnknown):  # what a client sees that does not look: silence
        await blind.ask(ASK)
    assert recorder.requests == ["/ask", "/ask"]
    for client in (ours, blind):
        await client.close()
