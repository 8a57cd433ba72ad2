"""A photo gives the digits of the slip, or it is unreadable: never another number."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from shared.keys.barcode import Barcode
from shared.keys.problems import KeyProblem
from shared.kit.money import Yen
from simulation.slip_photos import PhotoUnreadable, Wear, draw_slip, photograph, read_photo

VECTOR = "91912345000011250112345678900025093000331386"  # DOMAIN §1.5
MODULES = 288  # start 11, FNC1 11, 22 pairs of 11, check 11, stop 13 (DOMAIN §1.4)


def slips() -> st.SearchStrategy[str]:
    """Any slip that can be printed."""
    return st.builds(
        lambda maker, company, biller, reissue, day, amount: (
            Barcode(maker, company, biller, reissue, day, 0, Yen(amount)).digits
        ),
        st.from_regex(r"[0-9]{6}", fullmatch=True),
        st.from_regex(r"[0-9]{5}", fullmatch=True),
        st.from_regex(r"[0-9]{16}", fullmatch=True),
        st.integers(0, 9),
        st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
        st.integers(0, 300_000),
    )


@given(slips())
def test_every_slip_is_read_back_as_it_was_drawn(barcode) -> None:
    assert read_photo(draw_slip(barcode)) == barcode


def test_digits_survive_noise_blur_tilt_and_shadow() -> None:
    wear = Wear(noise=15, blur=1, tilt_degrees=11, shadow=0.4)
    assert read_photo(photograph(draw_slip(VECTOR), wear, seed=3)) == VECTOR


def test_a_torn_slip_is_unreadable() -> None:
    with pytest.raises(PhotoUnreadable):
        read_photo(photograph(draw_slip(VECTOR), Wear(noise=5, torn=0.2)))


def test_the_symbol_is_as_wide_as_the_guideline_counts() -> None:
    dark = np.flatnonzero(draw_slip(VECTOR)[100] == 0)
    assert (dark[-1] - dark[0] + 1) / 3 == MODULES


def test_a_slip_upside_down_is_read() -> None:
    assert read_photo(np.rot90(draw_slip(VECTOR), 2).copy()) == VECTOR
    assert read_photo(np.rot90(draw_slip(VECTOR)).copy()) == VECTOR


def test_a_photo_of_nothing_is_unreadable() -> None:
    with pytest.raises(PhotoUnreadable):
        read_photo(np.full((200, 400), 255, dtype=np.uint8))


def test_two_slips_on_one_photo_are_not_guessed_at() -> None:
    other = Barcode("912345", "00001", "1" * 16, 0, None, 0, Yen(1)).digits
    both = np.vstack([draw_slip(VECTOR), draw_slip(other)])
    with pytest.raises(PhotoUnreadable):
        read_photo(both)


@pytest.mark.parametrize(
    ("content", "gs1"),
    [(VECTOR, False), (f"(91){VECTOR[2:43]}0", True), ("(01)04912345678904", True)],
)
def test_a_symbol_that_is_no_slip_s_is_unreadable(content, gs1) -> None:
    symbol = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.Code128, gs1=gs1)
    picture = np.array(zxingcpp.write_barcode_to_image(symbol, scale=3))
    assert zxingcpp.read_barcodes(picture)
    with pytest.raises(PhotoUnreadable):
        read_photo(picture)


@pytest.mark.parametrize("digits", ["", VECTOR[:43], f"{VECTOR[:43]}0", "9" * 44])
def test_what_is_no_barcode_is_not_drawn(digits) -> None:
    with pytest.raises(KeyProblem):
        draw_slip(digits)


def test_the_same_seed_takes_the_same_photo() -> None:
    slip, wear = draw_slip(VECTOR), Wear(noise=20, blur=1, tilt_degrees=5)
    assert np.array_equal(photograph(slip, wear, seed=1), photograph(slip, wear, seed=1))
    assert not np.array_equal(photograph(slip, wear, seed=1), photograph(slip, wear, seed=2))
