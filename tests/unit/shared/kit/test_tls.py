"""Why a handshake failed, in our words, and how the failures are counted."""

from __future__ import annotations

import ssl

import pytest

from shared.kit.tls import RefusalReason, RefusedConnections, reason_of


def verify_error(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    return error


def library_error(reason: str | None) -> ssl.SSLError:
    error = ssl.SSLError(1, "failed")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (9, RefusalReason.NOT_YET_VALID),
        (10, RefusalReason.EXPIRED),
        (18, RefusalReason.UNKNOWN_AUTHORITY),
        (19, RefusalReason.UNKNOWN_AUTHORITY),
        (20, RefusalReason.UNKNOWN_AUTHORITY),
        (26, RefusalReason.WRONG_PURPOSE),
        (47, RefusalReason.WRONG_NAME),
        (23, RefusalReason.OTHER),
    ],
)
def test_a_certificate_that_does_not_verify_has_a_reason(code, reason):
    assert reason_of(verify_error(code)) is reason


@pytest.mark.parametrize(
    ("library", "reason"),
    [
        ("PEER_DID_NOT_RETURN_A_CERTIFICATE", RefusalReason.NO_CERTIFICATE),
        ("UNSUPPORTED_PROTOCOL", RefusalReason.OLD_TLS),
        ("HTTP_REQUEST", RefusalReason.NOT_TLS),
        ("TLSV1_ALERT_UNKNOWN_CA", RefusalReason.REFUSED_BY_CLIENT),
        ("SSLV3_ALERT_BAD_CERTIFICATE", RefusalReason.REFUSED_BY_CLIENT),
        ("SOMETHING_NEW", RefusalReason.OTHER),
        (None, RefusalReason.OTHER),
    ],
)
def test_a_handshake_that_failed_before_a_certificate_has_a_reason(library, reason):
    assert reason_of(library_error(library)) is reason


def test_only_reasons_that_happened_are_counted():
    refused = RefusedConnections()
    assert (refused.by_reason(), refused.total) == ({}, 0)
    for reason in (RefusalReason.EXPIRED, RefusalReason.NO_CERTIFICATE, RefusalReason.EXPIRED):
        refused.count(reason)
    assert refused.by_reason() == {"expired": 2, "no_certificate": 1}
    assert refused.total == 3
