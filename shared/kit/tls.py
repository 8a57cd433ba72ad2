"""TLS contexts of servers and clients: TLS 1.3 only, no resumed sessions, refusals counted.

Knows certificates and authorities by their files, but no organisation, door or list of callers.
"""

from __future__ import annotations

import ssl
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Self

from cryptography import x509


class RefusalReason(StrEnum):
    """Why a connection ended before a route was reached, seen from the server's side."""

    NO_CERTIFICATE = "no_certificate"
    UNKNOWN_AUTHORITY = "unknown_authority"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_PURPOSE = "wrong_purpose"
    WRONG_NAME = "wrong_name"
    REFUSED_BY_CLIENT = "refused_by_client"
    OLD_TLS = "old_tls"
    NOT_TLS = "not_tls"
    TOO_SLOW = "too_slow"
    HEAD_TOO_LARGE = "head_too_large"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    MALFORMED_REQUEST = "malformed_request"
    OTHER = "other"


# X509_V_ERR_* of OpenSSL (x509_vfy.h): stable numbers, part of its interface.
_BY_VERIFY_CODE = {
    9: RefusalReason.NOT_YET_VALID,
    10: RefusalReason.EXPIRED,
    26: RefusalReason.WRONG_PURPOSE,
    47: RefusalReason.WRONG_NAME,  # outside the authority's name constraints
    **dict.fromkeys((2, 7, 18, 19, 20, 21, 24, 79), RefusalReason.UNKNOWN_AUTHORITY),
}

_BY_LIBRARY_REASON = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": RefusalReason.NO_CERTIFICATE,
    "UNSUPPORTED_PROTOCOL": RefusalReason.OLD_TLS,
    "HTTP_REQUEST": RefusalReason.NOT_TLS,
    "HTTPS_PROXY_REQUEST": RefusalReason.NOT_TLS,
    "WRONG_VERSION_NUMBER": RefusalReason.NOT_TLS,
    "BAD_RECORD_TYPE": RefusalReason.NOT_TLS,
    "RECORD_LAYER_FAILURE": RefusalReason.NOT_TLS,
    "PACKET_LENGTH_TOO_LONG": RefusalReason.NOT_TLS,
    "UNEXPECTED_MESSAGE": RefusalReason.NOT_TLS,
}


def reason_of(error: ssl.SSLError) -> RefusalReason:
    """Say why a handshake failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _BY_VERIFY_CODE.get(error.verify_code, RefusalReason.OTHER)
    reason = str(error.reason or "")
    if "ALERT" in reason:
        return RefusalReason.REFUSED_BY_CLIENT
    return _BY_LIBRARY_REASON.get(reason, RefusalReason.OTHER)


class RefusedConnections:
    """How many connections one door refused, by reason, since the process started."""

    def __init__(self) -> None:
        self._counts: Counter[RefusalReason] = Counter()

    def count(self, reason: RefusalReason) -> None:
        """Count one more."""
        self._counts[reason] += 1

    def by_reason(self) -> dict[str, int]:
        """Return the counts, only of reasons that happened."""
        return {reason.value: count for reason, count in sorted(self._counts.items())}

    @property
    def total(self) -> int:
        """Return how many were refused in all."""
        return self._counts.total()


class _CountedHandshake(ssl.SSLObject):
    """The server's half of a handshake; a failed one is counted at its door, then fails as ever."""

    def do_handshake(self) -> None:
        """Go on with the handshake (asyncio and uvloop both drive it through this method)."""
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            if isinstance(self.context, DoorContext):
                self.context.refused.count(reason_of(error))
            raise


class DoorContext(ssl.SSLContext):
    """The TLS context of one door, with the door's counter of refused connections."""

    sslobject_class: ClassVar[type[ssl.SSLObject]] = _CountedHandshake  # type: ignore[misc]
    refused: RefusedConnections


def server_context(
    certificate: Path, key: Path, client_authority: Path | None = None
) -> DoorContext:
    """Return a door's context; with an authority, a caller must show a certificate of it.

    TLS 1.3 only. No session tickets: a resumed session would let an expired certificate in.
    A missing or unfitting file is an OSError or ssl.SSLError.
    """
    context = DoorContext(ssl.PROTOCOL_TLS_SERVER)
    context.refused = RefusedConnections()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    context.load_cert_chain(certificate, key)
    if client_authority is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        context.load_verify_locations(client_authority)
    return context


def client_context(
    authority: Path, certificate: Path | None = None, key: Path | None = None
) -> ssl.SSLContext:
    """Return a client's context: only this authority, TLS 1.3, the server's DNS name is checked.

    One context and one client per peer, never one per request.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.hostname_checks_common_name = False
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_verify_locations(authority)
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


def reload(
    context: ssl.SSLContext, certificate: Path, key: Path, authority: Path | None = None
) -> None:
    """Load a renewed chain into a living context: new connections use it, open ones go on.

    An authority is added to those that are trusted; to take one away needs a new process. Files
    that do not fit together raise and leave the context as it was.
    """
    rehearsal = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    rehearsal.load_cert_chain(certificate, key)
    if authority is not None:
        rehearsal.load_verify_locations(authority)
        context.load_verify_locations(authority)
    context.load_cert_chain(certificate, key)


def certificate_dates(certificate: Path) -> tuple[datetime, datetime]:
    """Return from when and until when a PEM file's first certificate is valid, aware UTC."""
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    return loaded.not_valid_before_utc, loaded.not_valid_after_utc


@dataclass(frozen=True)
class OwnCertificate:
    """From when and until when the certificate that we show is valid (machine time).

    A client looks before it sends: with TLS 1.3 a refused client sees only a read error after its
    own handshake, which would look like an unknown outcome.
    """

    not_before: datetime
    not_after: datetime

    @classmethod
    def of(cls, certificate: Path) -> Self:
        """Read the dates of a PEM file's first certificate."""
        return cls(*certificate_dates(certificate))

    def may_be_shown(self, now: datetime) -> bool:
        """Say whether it is valid at this machine time."""
        return self.not_before <= now < self.not_after


def certificate_days_left(certificate: Path, now: datetime) -> int:
    """Return the whole days until a certificate ends; negative once it has ended."""
    return (certificate_dates(certificate)[1] - now).days
