"""Tests of the single-byte character set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.files.charset import from_image, is_allowed, to_image

ALLOWED = "".join(chr(c) for c in range(0xFF61, 0xFFA0)) + "ABCXYZ0189 ()-./,&'*+:¥"


@given(st.text(ALLOWED))
def test_allowed_text_becomes_one_byte_for_each_character_and_back(text):
    image = to_image(text)
    assert len(image.encode("latin-1")) == len(text)
    assert from_image(image) == text


@given(st.text(ALLOWED))
def test_the_bytes_are_those_of_shift_jis(text):
    assert to_image(text).encode("latin-1") == text.replace("¥", "\\").encode("cp932")


@pytest.mark.parametrize("wrong", ["a", "Ａ", "ア", "山", "\\", "\t", "\x00", "é", "~", '"', "\n"])
def test_lower_case_full_width_and_control_characters_may_not_stand_in_a_field(wrong):
    assert not is_allowed(wrong)
    with pytest.raises(ValueError, match="outside_character_set"):
        to_image(wrong)
