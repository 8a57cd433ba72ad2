"""Sealed envelopes: only the holder of one key reads them, and only if nobody touched them."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey

from shared.kit.envelope import (
    CONTENT_ENCRYPTION,
    KEY_WRAPPING,
    EnvelopeNotOpened,
    seal,
    unseal,
)

WARD = ECKey.generate_key("P-256")
PUBLIC, PRIVATE = WARD.as_dict(private=False), WARD.as_dict(private=True)
SEALED = seal("口座明細".encode("cp932"), PUBLIC)


@given(st.binary(max_size=2000))
def test_the_holder_of_the_key_reads_what_was_sealed(content):
    assert unseal(seal(content, PUBLIC), PRIVATE) == content


def test_what_is_sealed_twice_looks_different():
    assert seal(b"same", PUBLIC) != seal(b"same", PUBLIC)


def test_an_envelope_for_somebody_else_stays_shut():
    other = ECKey.generate_key("P-256").as_dict(private=True)
    with pytest.raises(EnvelopeNotOpened):
        unseal(SEALED, other)


def test_an_envelope_stays_shut_for_a_key_on_another_curve():
    other = ECKey.generate_key("P-384").as_dict(private=True)
    with pytest.raises(EnvelopeNotOpened):
        unseal(SEALED, other)


def test_the_public_key_does_not_open_it():
    with pytest.raises(EnvelopeNotOpened):
        unseal(SEALED, PUBLIC)


@given(st.integers(0, 4), st.data())
def test_an_envelope_that_was_changed_anywhere_stays_shut(part, data):
    parts = SEALED.split(b".")
    # The last sign of a part may hold bits that mean nothing.
    place = data.draw(st.integers(0, len(parts[part]) - 2))
    changed = bytearray(parts[part])
    changed[place] = ord("A") if changed[place] != ord("A") else ord("B")
    parts[part] = bytes(changed)
    with pytest.raises(EnvelopeNotOpened):
        unseal(b".".join(parts), PRIVATE)


EPK = {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}


@pytest.mark.parametrize(
    "epk",
    [
        None,
        7,
        "AAAA",
        [],
        {},
        EPK,
        EPK | {"crv": "P-384"},
        EPK | {"crv": ["P-256"]},
        EPK | {"kty": "oct"},
        EPK | {"x": 7},
        {"kty": "EC", "crv": "P-256", "y": "AAAA"},
    ],
    ids=str,
)
def test_an_envelope_with_a_strange_sender_key_stays_shut(epk):
    header = {"alg": KEY_WRAPPING, "enc": CONTENT_ENCRYPTION, "epk": epk}
    first = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=")
    with pytest.raises(EnvelopeNotOpened):
        unseal(b".".join([first, *SEALED.split(b".")[1:]]), PRIVATE)


@given(st.integers(0, len(SEALED) - 1))
def test_an_envelope_that_was_cut_off_stays_shut(length):
    with pytest.raises(EnvelopeNotOpened):
        unseal(SEALED[:length], PRIVATE)


@given(st.binary(max_size=200))
def test_what_is_no_envelope_is_refused_and_nothing_else_happens(content):
    with pytest.raises(EnvelopeNotOpened):
        unseal(content, PRIVATE)


@given(st.lists(st.sampled_from(["", "e30", "W10", "bnVsbA", "AAAA", "!", "eyJhbGciOiJub25lIn0"])))
def test_what_looks_like_an_envelope_is_refused_as_well(parts):
    with pytest.raises(EnvelopeNotOpened):
        unseal(".".join(parts).encode(), PRIVATE)


@pytest.mark.parametrize(
    ("wrapping", "encryption"),
    [
        ("ECDH-ES+A128KW", "A256GCM"),
        ("ECDH-ES+A256KW", "A128GCM"),
        ("ECDH-ES+A256KW", "A256CBC-HS512"),
        ("ECDH-ES", "A256GCM"),
    ],
)
def test_another_algorithm_is_not_accepted(wrapping, encryption):
    header = {"alg": wrapping, "enc": encryption}
    other = jwe.encrypt_compact(header, b"content", WARD, algorithms=[wrapping, encryption])
    with pytest.raises(EnvelopeNotOpened):
        unseal(other.encode(), PRIVATE)


def test_a_shared_secret_is_not_accepted():
    secret = OctKey.generate_key(256)
    header = {"alg": "dir", "enc": "A256GCM"}
    other = jwe.encrypt_compact(header, b"content", secret, algorithms=["dir", "A256GCM"])
    with pytest.raises(EnvelopeNotOpened):
        unseal(other.encode(), PRIVATE)
