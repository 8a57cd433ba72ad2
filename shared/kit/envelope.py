"""A sealed envelope: bytes that only the holder of one private key can read (JWE, RFC 7516).

ECDH-ES+A256KW on P-256 with A256GCM, written out; no other algorithm is accepted.
"""

from __future__ import annotations

from typing import Any

from joserfc import jwe
from joserfc.jwk import ECKey

KEY_WRAPPING = "ECDH-ES+A256KW"
CONTENT_ENCRYPTION = "A256GCM"


class EnvelopeNotOpened(Exception):  # noqa: N818 - named as a fact
    """The envelope is damaged or was sealed for somebody else."""


def seal(content: bytes, public_jwk: dict[str, Any]) -> bytes:
    """Seal bytes for the holder of a P-256 key; return the compact JWE."""
    header = {"alg": KEY_WRAPPING, "enc": CONTENT_ENCRYPTION}
    return jwe.encrypt_compact(
        header, content, ECKey.import_key(public_jwk), algorithms=[KEY_WRAPPING, CONTENT_ENCRYPTION]
    ).encode()


def unseal(envelope: bytes, private_jwk: dict[str, Any]) -> bytes:
    """Open an envelope with the private key, or raise EnvelopeNotOpened."""
    key = ECKey.import_key(private_jwk)
    try:
        opened = jwe.decrypt_compact(envelope, key, algorithms=[KEY_WRAPPING, CONTENT_ENCRYPTION])
    except Exception as error:  # a stranger's header raises whatever it likes inside
        message = "the envelope is damaged or sealed for another key"
        raise EnvelopeNotOpened(message) from error
    if opened.plaintext is None:
        message = "the envelope is empty"
        raise EnvelopeNotOpened(message)
    return opened.plaintext
