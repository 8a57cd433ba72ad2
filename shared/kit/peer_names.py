"""Who a certificate says its holder is: one DNS name, NAME.NETWORK.mesh.test, and a thumbprint.

Knows the names of the closed networks, but no organisation and no list of callers.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from cryptography import x509

MESH_DOMAIN: Final = "mesh.test"

CALLER_SCOPE_KEY: Final = "mesh.caller"
"""ASGI scope key of the Caller; only the TLS protocol class, or the tests' network, sets it."""

DROP_SCOPE_KEY: Final = "mesh.drop"
"""ASGI scope key of a callable that ends the connection without an answer (sandbox faults)."""

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_WARD = re.compile(r"ward-([0-9]{6})-[a-z0-9-]+")
_BANK = re.compile(r"bank-([0-9]{4})")


class Network(StrEnum):
    """A closed network (and `public`, the payers' side): each has a certificate authority."""

    LEASED_LINE = "leased_line"
    LGWAN = "lgwan"
    MPN = "mpn"
    INTRANET = "intranet"
    OPERATOR = "operator"
    PUBLIC = "public"

    @property
    def label(self) -> str:
        """Return the network as a DNS label: leased-line."""
        return self.value.replace("_", "-")


class UnreadableCallerError(ValueError):
    """The certificate does not bear exactly one name of this mesh."""


@dataclass(frozen=True)
class Caller:
    """Whom the TLS handshake proved; thumbprint is x5t#S256 (RFC 8705 §3.1)."""

    name: str
    network: Network
    not_after: datetime
    thumbprint: str

    @property
    def municipality(self) -> str | None:
        """Return the six-digit municipality code that the name carries, or None."""
        return municipality_of(self.name)

    @property
    def bank_code(self) -> str | None:
        """Return the four-digit bank code that the name carries, or None."""
        return bank_code_of(self.name)


DropConnection = Callable[[], None]


def caller_in(scope: dict[str, Any]) -> Caller | None:
    """Return who is calling, from an ASGI scope; None at a door that asks for no certificate."""
    caller = scope.get(CALLER_SCOPE_KEY)
    return caller if isinstance(caller, Caller) else None


def dns_name(name: str, network: Network) -> str:
    """Return NAME.NETWORK.mesh.test; a name that is no lower-case DNS label is a ValueError."""
    if not _LABEL.fullmatch(name):
        message = f"{name!r} is not a lower-case DNS label"
        raise ValueError(message)
    return f"{name}.{network.label}.{MESH_DOMAIN}"


def split_dns_name(name: str) -> tuple[str, Network]:
    """Take NAME.NETWORK.mesh.test apart; anything else is an UnreadableCallerError."""
    label, _, rest = name.partition(".")
    for network in Network:
        if rest == f"{network.label}.{MESH_DOMAIN}" and _LABEL.fullmatch(label):
            return label, network
    raise UnreadableCallerError("the certificate's name is not of this mesh")


def thumbprint(der: bytes) -> str:
    """Return the base64url SHA-256 of a certificate's DER form (x5t#S256, RFC 8705 §3.1)."""
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode("ascii")


def caller_from_der(der: bytes) -> Caller:
    """Read a certificate that the handshake has verified; this verifies nothing.

    One without exactly one name of the mesh is an UnreadableCallerError.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound) as error:
        raise UnreadableCallerError("the certificate cannot be read, or bears no name") from error
    dns_names = names.get_values_for_type(x509.DNSName)
    if len(dns_names) != 1 or len(list(names)) != 1:
        raise UnreadableCallerError("the certificate bears more than one name, or none")
    name, network = split_dns_name(dns_names[0])
    return Caller(name, network, certificate.not_valid_after_utc, thumbprint(der))


def municipality_of(name: str) -> str | None:
    """Return "131041" of "ward-131041-terminal-01"; None of a name that carries none."""
    found = _WARD.fullmatch(name)
    return found.group(1) if found else None


def bank_code_of(name: str) -> str | None:
    """Return "0001" of "bank-0001"; None of a name that carries none."""
    found = _BANK.fullmatch(name)
    return found.group(1) if found else None
