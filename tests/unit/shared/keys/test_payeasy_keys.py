"""Tests of the four keys of Pay-easy."""

from __future__ import annotations

import pytest

from shared.keys.payeasy_keys import PayeasyKeys
from shared.keys.problems import KeyProblem

KEYS = ("13104", "125011234567890024", "7406", "341")


def _with(place, text):
    return [text if index == place else key for index, key in enumerate(KEYS)]


def test_the_keys_of_the_sample_slip_have_the_form_of_keys():
    assert PayeasyKeys(*KEYS).payment_number == "125011234567890024"


@pytest.mark.parametrize(
    ("place", "text"),
    [(1, "1" * 16), (1, "1" * 20), (2, "0000"), (2, "677406")],
)
def test_each_length_that_the_network_allows_is_a_key(place, text):
    keys = PayeasyKeys(*_with(place, text))
    assert text in {keys.payment_number, keys.confirmation_number}


@pytest.mark.parametrize(
    ("place", "text", "code"),
    [
        (0, "1310", "malformed_payeasy_keys"),
        (0, "131041", "malformed_payeasy_keys"),
        (1, "1" * 15, "malformed_payment_number"),
        (1, "1" * 21, "malformed_payment_number"),
        (1, "1250-1123-4567-8900-24", "malformed_payment_number"),
        (1, 125011234567890024, "malformed_payment_number"),
        (2, "740", "malformed_payeasy_keys"),
        (2, "7406774", "malformed_payeasy_keys"),
        (3, "34", "malformed_payeasy_keys"),
        (3, "３４１", "malformed_payeasy_keys"),
    ],
)
def test_another_length_is_refused(place, text, code):
    with pytest.raises(KeyProblem) as caught:
        PayeasyKeys(*_with(place, text))
    assert caught.value.code == code
