"""A column of a field holds what its pattern and its reader say, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.files import billing, centre_receipts, mobile_regi_receipts, zengin_deposits
from shared.files.columns import columns_of
from shared.files.framing import NO_LINE_END, Run
from shared.files.layout import Field, RecordLayout, number

MODULES = (mobile_regi_receipts, billing, centre_receipts, zengin_deposits)
LAYOUTS = [
    pytest.param(value, id=f"{module.__name__.rpartition('.')[2]}.{name}")
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, RecordLayout)
]
# On both sides of every border between classes of characters.
BYTES = b"\x00\x09 !*0123456789:@AFZ[\\]`afgz\x85\xa0\xa1\xde\xdf\xe0\xff"
PAIRS = ("  ", " 0", "0 ", "A ", " A", "\xb1 ", "24", "30", "60")


def _samples(image: str):
    """Give a field's image with one byte changed, and with two neighbours changed.

    In a long field only at both ends and in the middle: what is between is like the middle.
    """
    yield image
    width = len(image)
    for place in {0, 1, 2, 3, 4, 5, width // 2, width - 2, width - 1} & set(range(width)):
        for byte in BYTES:
            yield image[:place] + chr(byte) + image[place + 1 :]
        for pair in PAIRS:
            yield (image[:place] + pair + image[place + 2 :])[: len(image)]
    for filling in " 0A\xb1":
        yield filling * len(image)
        yield filling.ljust(len(image))
        yield filling.rjust(len(image))


def _sound_image(field) -> str:
    candidates = (
        *(field.write(None) for _ in range(field.role != "value")),
        *(start.ljust(field.width)[: field.width] for start in ("0" * field.width, "0", "")),
        *("20250602"[: field.width], "250602"[: field.width], "1201", "120100", "01", "9001"),
        *"12 ",
    )
    layout_of_one = RecordLayout("one", field.width, [replace(field, first=1, last=field.width)])
    return next(
        c for c in candidates if len(c) == field.width and layout_of_one.decode(c) is not None
    )


@pytest.mark.parametrize("record_layout", LAYOUTS)
def test_a_column_is_sound_if_each_field_is_and_then_has_its_value(record_layout: RecordLayout):
    for field in record_layout.fields:
        alone = RecordLayout("one", field.width, [replace(field, first=1, last=field.width)])
        for image in _samples(_sound_image(field)):
            columns = columns_of(alone, Run(image.encode("latin-1"), field.width, NO_LINE_END))
            read = None if columns is None else next(columns.rows(), [])
            assert read == alone.decode(image), (field.name, image)
            if read:
                assert type(read[0]) is type(alone.decode(image)[0])


def test_a_nul_at_the_end_of_a_text_is_not_lost():
    odd = Field("odd", 1, 3, "[0-9]{2}.?", "not_digits", str, str)
    layout = RecordLayout("one", 3, [odd])
    assert layout.decode("12\x00") == ["12\x00"]
    assert columns_of(layout, Run(b"12\x00", 3, NO_LINE_END)) is None


@pytest.mark.parametrize("width", [18, 19])
def test_numbers_wider_than_64_bits_are_left_to_the_layout(width):
    layout = RecordLayout("one", width, [number("count", 1, width)])
    columns = columns_of(layout, Run(b"9" * width, width, NO_LINE_END))
    read = None if columns is None else columns["count"]
    assert read == ([10**18 - 1] if width == 18 else None)


@pytest.mark.parametrize(("byte", "sound"), [(b" ", True), (b"0", True), (b"1", False)])
def test_a_fixed_field_of_several_texts_is_only_compared(byte, sound):
    loose = Field("loose", 1, 1, "[ 0]", "wrong", str, lambda _: " ", "fixed")
    layout = RecordLayout("two", 3, [loose, number("count", 2, 3)])
    columns = columns_of(layout, Run(byte + b"07", 3, NO_LINE_END))
    assert (columns is not None) == sound == (layout.decode(byte.decode() + "07") is not None)
    assert columns is None or list(columns.rows()) == [[7]]
