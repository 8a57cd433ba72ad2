"""Tests of the enum of channels and its codes."""

from __future__ import annotations

import pytest

from shared.keys.channels import (
    CHAIN_CODE_OF_CHANNEL,
    CODE_OF_CHANNEL,
    Channel,
    channel_of_chain_code,
    channel_of_code,
)
from shared.keys.problems import KeyProblem


def test_every_channel_has_its_own_three_letters():
    assert set(CODE_OF_CHANNEL) == set(Channel)
    assert len(set(CODE_OF_CHANNEL.values())) == len(Channel)
    assert all(len(code) == 3 for code in CODE_OF_CHANNEL.values())


@pytest.mark.parametrize("channel", Channel)
def test_a_channel_is_found_by_its_three_letters(channel):
    assert channel_of_code(channel.code) is channel


def test_the_letters_are_those_of_the_ward():
    assert [channel.code for channel in Channel] == (
        ["MRB", "MRC", "PEZ", "CVS", "APP", "KUC", "SHU", "BNK", "KFR", "TOK"]
    )


def test_mobile_regi_has_two_chain_codes_and_no_other_channel_has_one():
    assert CHAIN_CODE_OF_CHANNEL == {"mobile_banking": "9001", "mobile_credit": "9002"}
    assert channel_of_chain_code("9001") is Channel.MOBILE_BANKING
    assert channel_of_chain_code("9002").chain_code == "9002"
    assert Channel.PAYEASY.chain_code is None


@pytest.mark.parametrize(
    ("find", "wrong", "code"),
    [
        (channel_of_code, "XXX", "unknown_channel_code"),
        (channel_of_code, "mrb", "unknown_channel_code"),
        (channel_of_chain_code, "9003", "unknown_chain_code"),
    ],
)
def test_an_unknown_code_is_a_problem_and_not_a_default(find, wrong, code):
    with pytest.raises(KeyProblem) as caught:
        find(wrong)
    assert caught.value.code == code
