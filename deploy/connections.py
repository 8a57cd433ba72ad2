"""How the command line and the simulation reach the doors of an installation: over TLS, by name."""

from __future__ import annotations

import ssl

from deploy.home import CertificateFiles, Home
from deploy.installation import MUNICIPALITY, STAFF, Installation
from shared.kit.peer import PeerAddress, PeerClient, Timeouts
from shared.kit.peer_names import Network
from shared.kit.tls import OwnCertificate, client_context
from shared.wire.doors import door_place
from simulation.access import Access, Password

TIMEOUTS = Timeouts(connect_seconds=3.0, read_seconds=30.0, pool_seconds=30.0)


def access_to(installation: Installation) -> Access:
    """Return every outside caller's way in; one TLS context and one client per caller and door."""
    shown: dict[tuple[str | None, str], tuple[ssl.SSLContext, OwnCertificate | None]] = {}

    def connect(caller: str | None, service: str, door: str) -> PeerClient:
        place = door_place(service, door)
        key = (caller, place.network.value)
        if key not in shown:
            authority = installation.home.authority(place.network)
            if caller is None:
                shown[key] = client_context(authority), None
            else:
                files = certificate_of(installation.home, place.network, caller)
                context = client_context(authority, files.certificate, files.key)
                shown[key] = context, OwnCertificate.of(files.certificate)
        address = PeerAddress(installation.address(place), place.server_name)
        context, certificate = shown[key]
        return PeerClient.over_tls(address, context, TIMEOUTS, certificate=certificate)

    staff = {
        role: (terminal, Password(user, installation.password_of("ward_gateway", user)))
        for role, (terminal, user) in STAFF.items()
    }
    return Access(connect, staff, MUNICIPALITY)


def certificate_of(home: Home, network: Network, caller: str) -> CertificateFiles:
    """Return a caller's certificate; the provider is a server too, so its files' name differs."""
    name = f"{caller}-caller" if caller == "payment-provider" else caller
    return home.certificate(network, name)
