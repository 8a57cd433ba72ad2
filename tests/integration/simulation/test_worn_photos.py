"""Photos of worn slips, as many as take a while: the slip's own number, or none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.slip_photos import PhotoUnreadable, Wear, draw_slip, photograph, read_photo
from tests.integration.simulation.test_slip_photos import slips

TILTS = st.integers(-30, 30)
# Each photo takes a third of a second.
a_few = settings(max_examples=max(3, settings.default.max_examples // 3))


def wears(tilts: st.SearchStrategy[int] = TILTS) -> st.SearchStrategy[Wear]:
    """What a phone's camera does to a slip."""
    return st.builds(
        Wear,
        noise=st.floats(0, 25),
        blur=st.integers(0, 1),
        tilt_degrees=tilts,
        shadow=st.floats(0, 0.6),
    )


@a_few
@given(slips(), wears(), st.integers(0, 1000))
def test_digits_survive_noise_blur_tilt_and_shadow(barcode, wear, seed) -> None:
    assert read_photo(photograph(draw_slip(barcode), wear, seed=seed)) == barcode


@a_few
@given(slips(), st.floats(0.02, 1.0), wears(tilts=st.just(0)))
def test_a_torn_slip_is_unreadable_and_never_another_number(barcode, torn, wear) -> None:
    damaged = Wear(wear.noise, wear.blur, wear.tilt_degrees, wear.shadow, torn)
    with pytest.raises(PhotoUnreadable):
        read_photo(photograph(draw_slip(barcode), damaged))


@a_few
@given(slips(), st.floats(25, 250), st.integers(0, 6), st.integers(0, 1000))
def test_however_bad_a_photo_is_it_gives_the_right_number_or_none(barcode, noise, blur, seed):
    picture = photograph(draw_slip(barcode), Wear(noise=noise, blur=blur), seed=seed)
    try:
        digits = read_photo(picture)
    except PhotoUnreadable:
        return
    assert digits == barcode
