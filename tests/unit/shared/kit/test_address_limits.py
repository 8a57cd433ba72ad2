"""A bucket per address: what passes, when it fills again, and what is one address."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kit.address_limits import PER_MINUTE_MAX, SECOND, AddressLimit, bucket_of

HERE, THERE = "203.0.113.7", "203.0.113.8"


@dataclass
class Watch:
    """Machine time that a test moves, in seconds."""

    seconds: float = 1000.0

    def __call__(self) -> int:
        return int(self.seconds * SECOND)


@pytest.fixture
def watch() -> Watch:
    return Watch()


def waits(limit: AddressLimit, address: str, times: int) -> list[int]:
    return [limit.wait_seconds(address) for _ in range(times)]


def test_a_full_bucket_passes_at_once_and_then_says_when_to_come_back(watch) -> None:
    limit = AddressLimit(20, now_ns=watch)
    assert waits(limit, HERE, 20) == [0] * 20
    assert limit.wait_seconds(HERE) == 3  # twenty a minute are one in three seconds


@given(per_minute=st.integers(1, 2000), started=st.floats(0, 1e9, allow_nan=False))
def test_a_full_bucket_holds_exactly_its_number(per_minute, started) -> None:
    answers = waits(AddressLimit(per_minute, now_ns=Watch(started)), HERE, per_minute + 1)
    assert answers.count(0) == per_minute
    assert answers[-1] >= 1


def test_who_comes_back_when_told_passes(watch) -> None:
    limit = AddressLimit(20, now_ns=watch)
    waits(limit, HERE, 20)
    watch.seconds += limit.wait_seconds(HERE)
    assert waits(limit, HERE, 2) == [0, 3]


def test_other_addresses_are_not_slowed_down(watch) -> None:
    limit = AddressLimit(1, now_ns=watch)
    assert waits(limit, HERE, 2) == [0, 60]
    assert limit.wait_seconds(THERE) == 0


def test_asking_too_often_does_not_lengthen_the_wait(watch) -> None:
    limit = AddressLimit(1, now_ns=watch)
    assert waits(limit, HERE, 1000) == [0, *[60] * 999]
    watch.seconds += 60
    assert limit.wait_seconds(HERE) == 0


def test_an_idle_minute_fills_the_bucket_and_an_idle_year_no_more(watch) -> None:
    limit = AddressLimit(5, now_ns=watch)
    for idle_seconds in (60, 365 * 86_400):
        assert waits(limit, HERE, 6) == [0] * 5 + [12]
        watch.seconds += idle_seconds


@given(
    per_minute=st.integers(1, 120),
    pauses=st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=300),
)
def test_no_minute_ever_passes_more_than_twice_its_number(per_minute, pauses) -> None:
    """A full bucket, and what flowed in meanwhile: never more (a token bucket's own bound)."""
    watch = Watch()
    limit = AddressLimit(per_minute, now_ns=watch)
    passed: list[float] = []
    for pause in pauses:
        watch.seconds += pause
        if limit.wait_seconds(HERE) == 0:
            passed.append(watch.seconds)
    for start in passed:
        assert sum(start <= at < start + 60 for at in passed) <= 2 * per_minute


@given(per_minute=st.integers(1, 600), burst=st.integers(1, 700))
def test_the_seconds_told_are_enough(per_minute, burst) -> None:
    watch = Watch()
    limit = AddressLimit(per_minute, now_ns=watch)
    told = waits(limit, HERE, burst)[-1]
    watch.seconds += told
    assert told == 0 or limit.wait_seconds(HERE) == 0


def test_the_address_that_asked_least_recently_is_forgotten(watch) -> None:
    limit = AddressLimit(1, now_ns=watch, addresses_max=2)
    assert [limit.wait_seconds(a) for a in (HERE, THERE, HERE, "198.51.100.1")] == [0, 0, 60, 0]
    assert limit.addresses_kept == 2
    assert limit.wait_seconds(HERE) == 60
    assert limit.wait_seconds(THERE) == 0


def test_what_is_kept_is_bounded_however_many_addresses_ask(watch) -> None:
    limit = AddressLimit(1, now_ns=watch, addresses_max=100)
    for number in range(1000):
        limit.wait_seconds(f"10.0.{number // 256}.{number % 256}")
    assert limit.addresses_kept == 100


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("2001:DB8:1:2::1", "2001:db8:1:2::1", True),
        ("fe80::1%eth0", "fe80::2", True),
        (None, "/run/door.sock", True),
        (None, "192.0.2.1", False),
    ],
)
def test_one_address_of_ipv6_is_a_network_of_64_bits(one, other, same) -> None:
    assert (bucket_of(one) == bucket_of(other)) is same


@pytest.mark.parametrize("per_minute", [0, -1, PER_MINUTE_MAX + 1])
def test_a_limit_that_lets_nobody_through_or_everybody_is_no_limit(per_minute) -> None:
    with pytest.raises(ValueError, match="1 to 60000"):
        AddressLimit(per_minute)
