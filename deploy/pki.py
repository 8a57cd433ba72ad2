"""Six certificate authorities, and a certificate for every server, terminal, bank and operator.

One DNS name and one purpose each (DESIGN §2). Private keys never leave the home, mode 600.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from joserfc.jwk import ECKey

from deploy.home import CertificateFiles, Home, private_folder, write_private
from shared.kit.clock import machine_now
from shared.kit.peer_names import MESH_DOMAIN, Network, dns_name

AUTHORITY_DAYS: Final = 3650
CERTIFICATE_DAYS: Final = 365
RENEW_DAYS_BEFORE: Final = 30
CLOCK_SKEW: Final = timedelta(minutes=5)
DEFAULT_BANKS: Final = ("0001", "0005", "0009", "0901", "0902", "0903", "0904", "9900")


class Purpose(StrEnum):
    """The one thing that a certificate may be used for."""

    SERVER = "server"
    CALLER = "caller"


_USAGE = {
    Purpose.SERVER: ExtendedKeyUsageOID.SERVER_AUTH,
    Purpose.CALLER: ExtendedKeyUsageOID.CLIENT_AUTH,
}

SERVERS: Final[dict[str, tuple[Network, ...]]] = {
    "payment-provider": (Network.PUBLIC, Network.LEASED_LINE, Network.OPERATOR),
    "card-agent": (Network.PUBLIC, Network.LEASED_LINE, Network.OPERATOR),
    "lgwan-asp": (Network.LGWAN, Network.MPN, Network.OPERATOR),
    "ward-gateway": (Network.INTRANET, Network.OPERATOR),
}

CALLERS: Final[dict[Network, tuple[str, ...]]] = {
    Network.LEASED_LINE: ("payment-provider",),
    Network.INTRANET: (
        "staff-01",
        "staff-02",
        "ward-system-01",
        "treasury-01",
        "supervisor-01",
    ),
    Network.OPERATOR: ("operator", "monitor", "ward-bank"),
}

TERMINAL_NETWORKS: Final = (Network.LEASED_LINE, Network.LGWAN)


@dataclass(frozen=True)
class Holder:
    """Who gets a certificate: its name, network and purpose."""

    network: Network
    name: str
    purpose: Purpose

    @property
    def file_name(self) -> str:
        """Return the name of its files.

        The provider is a server and a caller on the leased line; its caller's files say so.
        """
        both = self.purpose is Purpose.CALLER and self.network in SERVERS.get(self.name, ())
        return f"{self.name}-caller" if both else self.name


def holders(municipalities: Sequence[str], banks: Sequence[str]) -> Iterator[Holder]:
    """Yield everybody who needs a certificate."""
    for name, networks in SERVERS.items():
        yield from (Holder(network, name, Purpose.SERVER) for network in networks)
    for network, names in CALLERS.items():
        yield from (Holder(network, name, Purpose.CALLER) for name in names)
    for municipality in municipalities:
        terminal = f"ward-{municipality}-terminal-01"
        yield from (Holder(network, terminal, Purpose.CALLER) for network in TERMINAL_NETWORKS)
    yield from (Holder(Network.MPN, f"bank-{bank}", Purpose.CALLER) for bank in banks)


def make_pki(
    home: Home,
    municipalities: Sequence[str] = ("131041",),
    banks: Sequence[str] = DEFAULT_BANKS,
    *,
    now: datetime | None = None,
) -> None:
    """Make what is missing, renew what ends within 30 days, keep the rest. Under a second.

    An authority that was made anew makes its network's certificates anew too.
    """
    at = now or machine_now()
    for network in Network:
        _make_authority(home, network, at)
    for holder in holders(municipalities, banks):
        if not _usable(home, holder, at):
            issue(
                home,
                holder.network,
                holder.name,
                purpose=holder.purpose,
                not_before=at - CLOCK_SKEW,
                not_after=at + timedelta(days=CERTIFICATE_DAYS),
            )


def issue(
    home: Home,
    network: Network,
    name: str,
    *,
    purpose: Purpose,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    file_name: str | None = None,
) -> CertificateFiles:
    """Issue NAME.NETWORK.mesh.test for one purpose and write it beside its key; return both files.

    The network's authority must be there (make_pki); a name that is no DNS label is a ValueError.
    """
    now = machine_now()
    authority_key, authority = _read_authority(home, network)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(name, network, authority.subject, key.public_key())
        .not_valid_before(not_before or now - CLOCK_SKEW)
        .not_valid_after(not_after or now + timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([_USAGE[purpose]]), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(dns_name(name, network))]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    files = home.certificate(network, file_name or Holder(network, name, purpose).file_name)
    write_private(files.key, _key_pem(key))
    write_private(files.certificate, certificate.public_bytes(serialization.Encoding.PEM))
    return files


@dataclass(frozen=True)
class SealingKey:
    """A ward's key for sealed reports (JWE ECDH-ES): two JWK files."""

    private: Path
    public: Path


def make_sealing_key(home: Home, municipality: str) -> SealingKey:
    """Make a ward's P-256 key pair as JWK files, unless it is there; the private one has mode 600.

    The key id is the RFC 7638 thumbprint.
    """
    files = SealingKey(
        home.secret(f"sealing-{municipality}.jwk"),
        home.secret(f"sealing-{municipality}.public.jwk"),
    )
    if files.private.exists() and files.public.exists():
        return files
    key = ECKey.generate_key("P-256", {"use": "enc", "alg": "ECDH-ES+A256KW"})
    key.ensure_kid()
    for path, private in ((files.public, False), (files.private, True)):
        write_private(path, json.dumps(key.as_dict(private=private), sort_keys=True).encode())
    return files


def _make_authority(home: Home, network: Network, now: datetime) -> None:
    with suppress(OSError, ValueError):
        key, certificate = _read_authority(home, network)
        if certificate.not_valid_after_utc - now > timedelta(days=CERTIFICATE_DAYS) and (
            certificate.public_key() == key.public_key()
        ):
            return
    private_folder(home.path)
    private_folder(home.path / "pki")
    folder = private_folder(home.pki(network))
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(f"mesh {network.label} authority")
    certificate = (
        _builder(None, network, subject, key.public_key())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(
            # Even this authority's own key cannot make a name of another network.
            x509.NameConstraints([x509.DNSName(f"{network.label}.{MESH_DOMAIN}")], None),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    write_private(folder / "ca.key", _key_pem(key))
    write_private(home.authority(network), certificate.public_bytes(serialization.Encoding.PEM))


def _read_authority(
    home: Home, network: Network
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = _read_key(home.pki(network) / "ca.key")
    return key, x509.load_pem_x509_certificate(home.authority(network).read_bytes())


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path.name} is not an elliptic curve key")  # noqa: TRY004 - file content
    return key


def _usable(home: Home, holder: Holder, now: datetime) -> bool:
    """Say whether a holder's files are there, fit together, are of the authority, and last."""
    files = home.certificate(holder.network, holder.file_name)
    try:
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        _, authority = _read_authority(home, holder.network)
        certificate.verify_directly_issued_by(authority)
        fits = _read_key(files.key).public_key() == certificate.public_key()
    except Exception:  # noqa: BLE001 - whatever is wrong with the files, they are made anew
        return False
    return fits and certificate.not_valid_after_utc - now > timedelta(days=RENEW_DAYS_BEFORE)


def _builder(
    name: str | None, network: Network, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(issuer if name is None else _subject(f"{name} {network.label}"))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _subject(common_name: str) -> x509.Name:
    """Return a subject for human eyes; nothing reads it but them."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
