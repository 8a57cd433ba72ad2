"""Yen: whole, and made of nothing but whole numbers."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.kit.money import ZERO_YEN, PositiveYen, Yen

NOT_MONEY = [True, False, 1.0, 0.5, "1", "", None, Decimal(1), b"1", [1]]


class Bill(BaseModel):
    amount_yen: Yen
    fee_yen: PositiveYen = Yen(1)


@pytest.mark.parametrize("value", NOT_MONEY, ids=repr)
def test_yen_refuse_what_is_no_whole_number(value):
    with pytest.raises(TypeError):
        Yen(value)


@pytest.mark.parametrize("value", NOT_MONEY, ids=repr)
def test_yen_cannot_be_added_to_what_is_no_money(value):
    with pytest.raises(TypeError):
        Yen(1) + value
    with pytest.raises(TypeError):
        Yen(1) - value


@given(st.integers(), st.integers())
def test_sums_and_differences_of_yen_are_exact_and_stay_yen(a, b):
    assert Yen(a) + Yen(b) == a + b
    assert Yen(a) - Yen(b) == a - b
    assert type(Yen(a) + Yen(b)) is type(Yen(a) - Yen(b)) is type(a + Yen(b)) is Yen


@given(st.lists(st.integers()))
def test_a_sum_of_yen_is_yen(amounts):
    total = sum((Yen(a) for a in amounts), ZERO_YEN)
    assert total == sum(amounts)
    assert type(total) is Yen


def test_the_builtin_sum_needs_no_start_to_give_yen():
    assert type(sum([Yen(1), Yen(2)])) is Yen


@given(st.integers())
def test_yen_are_integers_to_json_and_survive_copies(amount):
    assert json.loads(json.dumps(Yen(amount))) == amount
    assert copy.deepcopy(Yen(amount)) == amount
    again = pickle.loads(pickle.dumps(Yen(amount)))  # noqa: S301 - our own bytes
    assert (type(again), again) == (Yen, amount)


def test_a_body_reads_a_json_integer_as_yen():
    bill = Bill.model_validate_json('{"amount_yen": 12300}')
    assert type(bill.amount_yen) is Yen
    assert bill.model_dump_json() == '{"amount_yen":12300,"fee_yen":1}'


@pytest.mark.parametrize("text", ["1.0", "1.5", "1e3", '"1"', "true", "null", "[1]"])
def test_a_body_refuses_json_that_is_no_integer(text):
    with pytest.raises(ValidationError):
        Bill.model_validate_json(f'{{"amount_yen": {text}}}')


@pytest.mark.parametrize("amount", [0, -1])
def test_positive_yen_begin_at_one(amount):
    with pytest.raises(ValidationError):
        Bill(amount_yen=Yen(1), fee_yen=Yen(amount))
    assert Bill(amount_yen=Yen(1), fee_yen=Yen(1)).fee_yen == 1
