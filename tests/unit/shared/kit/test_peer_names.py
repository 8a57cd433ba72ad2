"""Names in certificates: how they are made, how they are read, and what they carry."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from shared.kit.peer_names import (
    CALLER_SCOPE_KEY,
    Caller,
    Network,
    UnreadableCallerError,
    bank_code_of,
    caller_from_der,
    caller_in,
    dns_name,
    municipality_of,
    split_dns_name,
)

KEY = ec.generate_private_key(ec.SECP256R1())
NOT_AFTER = datetime(2026, 6, 1, 12, tzinfo=UTC)
TERMINAL = "ward-131041-terminal-01"


def certificate(*names: x509.GeneralName) -> bytes:
    subject = x509.Name([])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(NOT_AFTER - timedelta(days=1))
        .not_valid_after(NOT_AFTER)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("name", "network", "expected"),
    [
        ("card-agent", Network.LEASED_LINE, "card-agent.leased-line.mesh.test"),
        (TERMINAL, Network.LGWAN, "ward-131041-terminal-01.lgwan.mesh.test"),
        ("bank-0001", Network.MPN, "bank-0001.mpn.mesh.test"),
    ],
)
def test_a_name_and_its_network_make_one_dns_name(name, network, expected):
    assert dns_name(name, network) == expected
    assert split_dns_name(expected) == (name, network)


@given(
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True), st.sampled_from(Network)
)
def test_what_was_put_together_comes_apart_again(name, network):
    assert split_dns_name(dns_name(name, network)) == (name, network)


@pytest.mark.parametrize("name", ["", "Card-Agent", "a.b", "-a", "a-", "a_b", "a" * 64, "a\n"])
def test_what_is_no_dns_label_gets_no_name(name):
    with pytest.raises(ValueError, match="DNS label"):
        dns_name(name, Network.MPN)


@pytest.mark.parametrize(
    "name",
    [
        "card-agent.leased_line.mesh.test",
        "card-agent.elsewhere.mesh.test",
        "a.b.mpn.mesh.test",
        "bank-0001.mpn.mesh.test.evil.test",
        "mpn.mesh.test",
        ".mpn.mesh.test",
        "*.mpn.mesh.test",
        "",
    ],
)
def test_a_name_that_is_not_of_the_mesh_is_not_read(name):
    with pytest.raises(UnreadableCallerError):
        split_dns_name(name)


def test_a_caller_is_read_from_its_certificate():
    der = certificate(x509.DNSName("ward-131041-terminal-01.lgwan.mesh.test"))
    expected = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
    caller = caller_from_der(der)
    assert caller == Caller(TERMINAL, Network.LGWAN, NOT_AFTER, expected)
    assert (caller.municipality, caller.bank_code) == ("131041", None)


@pytest.mark.parametrize(
    "names",
    [
        (),
        (x509.DNSName("a.mpn.mesh.test"), x509.DNSName("b.mpn.mesh.test")),
        (x509.DNSName("a.mpn.mesh.test"), x509.RFC822Name("a@mesh.test")),
        (x509.RFC822Name("a@mesh.test"),),
        (x509.DNSName("localhost"),),
    ],
)
def test_a_certificate_with_another_number_or_kind_of_names_is_not_read(names):
    with pytest.raises(UnreadableCallerError):
        caller_from_der(certificate(*names))


def test_bytes_that_are_no_certificate_are_not_read():
    with pytest.raises(UnreadableCallerError):
        caller_from_der(b"\x30\x03\x02\x01\x01")


@pytest.mark.parametrize(
    ("name", "municipality", "bank"),
    [
        (TERMINAL, "131041", None),
        ("bank-0001", None, "0001"),
        ("payment-provider", None, None),
        ("ward-bank", None, None),
        ("ward-system-01", None, None),
        ("ward-13104-terminal-01", None, None),
        ("bank-00011", None, None),
        ("bank-0001-x", None, None),
        ("xward-131041-terminal-01", None, None),
        ("ward-١٣١٠٤١-terminal-01", None, None),
    ],
)
def test_the_municipality_and_the_bank_come_from_the_name(name, municipality, bank):
    assert municipality_of(name) == municipality
    assert bank_code_of(name) == bank


def test_a_scope_holds_a_caller_or_none_never_something_else():
    caller = Caller("operator", Network.OPERATOR, NOT_AFTER, "x")
    assert caller_in({CALLER_SCOPE_KEY: caller}) is caller
    assert caller_in({}) is None
    assert caller_in({CALLER_SCOPE_KEY: "operator"}) is None
