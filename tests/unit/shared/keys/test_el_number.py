"""Tests of the eL number: other names for the same four keys, and a QR that nobody invents."""

from __future__ import annotations

import pytest

from shared.keys.el_number import ElNumber, el_number_of, el_qr_payload, read_el_qr
from shared.keys.payeasy_keys import PayeasyKeys
from shared.keys.problems import KeyProblem

KEYS = PayeasyKeys("13104", "125011234567890024", "677406", "341")
NUMBER = ElNumber("13104", "125011234567890024", "677406", "341")


class _SemicolonAdapter:
    """An adapter of the tests alone; no eL-QR looks like this."""

    def write(self, number):
        keys = (
            number.agency_code,
            number.case_key,
            number.confirmation_number,
            number.item_number,
        )
        return ";".join(keys).encode()

    def read(self, payload):
        return ElNumber(*payload.decode().split(";"))


class _ForgetfulAdapter(_SemicolonAdapter):
    def read(self, payload):
        return ElNumber("13104", "0" * 16, "0000", "341")


def _code_of(build, *args):
    with pytest.raises(KeyProblem) as caught:
        build(*args)
    return caught.value.code


def test_the_four_keys_have_other_names_and_the_same_digits():
    assert el_number_of(KEYS) == NUMBER
    assert NUMBER.payeasy_keys() == KEYS


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (("1310", "1" * 18, "677406", "341"), "malformed_payeasy_keys"),
        (("13104", "1" * 15, "677406", "341"), "malformed_payment_number"),
        (("13104", "1" * 18, "", "341"), "malformed_payeasy_keys"),
        (("13104", "1" * 18, "677406", "3410"), "malformed_payeasy_keys"),
    ],
)
def test_what_is_no_pay_easy_key_is_no_part_of_an_el_number(number, code):
    assert _code_of(ElNumber, *number) == code


def test_without_an_adapter_there_is_no_qr():
    assert _code_of(el_qr_payload, NUMBER, None) == "el_qr_layout_unknown"
    assert _code_of(read_el_qr, b"anything", None) == "el_qr_layout_unknown"


def test_an_adapter_writes_and_reads_the_qr():
    payload = el_qr_payload(NUMBER, _SemicolonAdapter())
    assert read_el_qr(payload, _SemicolonAdapter()) == NUMBER


def test_an_adapter_that_does_not_read_what_it_wrote_prints_nothing():
    assert _code_of(el_qr_payload, NUMBER, _ForgetfulAdapter()) == "el_qr_not_inverse"
