"""Fields that a sender may leave blank: digits kept as they stood, and counts that may be missing.

Knows no format; whether a missing value matters is known by the format.
"""

from __future__ import annotations

from shared.files.layout import Field
from shared.files.values import number_writer, text_writer

BLANK = ""


def optional_digits(name: str, first: int, last: int) -> Field:
    """Return an N field kept as text: all its digits, or "" where all of it is spaces."""
    width = last - first + 1
    write_text = text_writer(f"(?:[0-9]{{{width}}})?", "not_digits")

    def write(value: object) -> str:
        return write_text(value).ljust(width)

    return Field(name, first, last, _pattern(width), "not_digits", str.strip, write)


def optional_number(name: str, first: int, last: int) -> Field:
    """Return an N field that is a count, or None where all of it is spaces."""
    width = last - first + 1
    write_number = number_writer(width)

    def read(image: str) -> int | None:
        return None if image.isspace() else int(image)

    def write(value: object) -> str:
        return " " * width if value is None else write_number(value)

    return Field(name, first, last, _pattern(width), "not_digits", read, write)


def _pattern(width: int) -> str:
    return f"(?:[0-9]{{{width}}}| {{{width}}})"
