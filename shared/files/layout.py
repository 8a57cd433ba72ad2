"""Fixed-length records as tables of fields; positions are bytes, 1-based, inclusive, as printed.

A layout proves itself at import: gaps, overlaps and wrong totals raise. It never cuts, fills in or
defaults, and there is no lenient mode (DESIGN rule 7).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal

from shared.files.charset import IMAGE_PATTERN, from_image, to_image
from shared.files.problems import Fault, FileProblemError
from shared.files.values import (
    HHMM,
    HHMMSS,
    Reader,
    Writer,
    choice_writer,
    number_writer,
    read_day,
    read_optional_day,
    read_yen,
    text_writer,
    write_day,
    write_optional_day,
    yen_writer,
)

DIGIT = "[0-9]"
HEX = "[0-9a-f]"


@dataclass(frozen=True, slots=True)
class Shape:
    """What may be known of a field beyond its pattern, so that a column of it is read at once.

    It only repeats what `pattern` and `read` say, and tests prove that it does: `literal` bytes,
    `number` and `yen` of digits, a time on the `clock`, and text of one class of `letters`: `full`,
    `padded` with spaces to its width (at least `shortest` letters), or kana `text`.
    """

    kind: Literal["literal", "number", "yen", "clock", "full", "padded", "text"]
    letters: str = DIGIT
    shortest: int = 0
    literal: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `pattern` must match all its characters; `code` names the problem if it does not.

    A `value` is read and written; `fixed` text (filler too) is only compared; a `seal` is read, and
    written by the format's writer once the rest of the record is known. What `read` returns never
    changes, for it may be handed out again. Without a `shape` a column is read text by text.
    """

    name: str
    first: int
    last: int
    pattern: str
    code: str
    read: Reader
    write: Writer
    role: Literal["value", "fixed", "seal"] = "value"
    shape: Shape | None = None

    @property
    def width(self) -> int:
        """The number of bytes."""
        return self.last - self.first + 1

    def part_of(self, image: str) -> str:
        """Cut this field out of a record's image."""
        return image[self.first - 1 : self.last]


def constant(name: str, first: int, last: int, text: str) -> Field:
    """Return a field that always holds `text`."""
    if len(text) != last - first + 1:
        raise ValueError(f"{name}: {text!r} does not fill {first}-{last}")
    code, shape = "wrong_constant", Shape("literal", literal=text)
    return Field(name, first, last, re.escape(text), code, str, lambda _: text, "fixed", shape)


def filler(first: int, last: int) -> Field:
    """Return a field of spaces; any other byte there is a problem."""
    blank = " " * (last - first + 1)
    pattern, code, shape = f" {{{len(blank)}}}", "filler_not_blank", Shape("literal", literal=blank)
    return Field("filler", first, last, pattern, code, str, lambda _: blank, "fixed", shape)


def seal(name: str, first: int, last: int) -> Field:
    """Return a field of lower-case hex digits that are computed over other bytes."""
    blank = "0" * (last - first + 1)
    pattern, shape = f"{HEX}{{{len(blank)}}}", Shape("full", HEX)
    return Field(name, first, last, pattern, "not_hex", str, lambda _: blank, "seal", shape)


def digits(name: str, first: int, last: int) -> Field:
    """Return an N field that is a key, kept as text."""
    pattern = f"{DIGIT}{{{last - first + 1}}}"
    write = text_writer(pattern, "not_digits")
    return Field(name, first, last, pattern, "not_digits", str, write, shape=Shape("full"))


def number(name: str, first: int, last: int) -> Field:
    """Return an N field that is a count or a year."""
    width = last - first + 1
    pattern, write = f"{DIGIT}{{{width}}}", number_writer(width)
    return Field(name, first, last, pattern, "not_digits", int, write, shape=Shape("number"))


def yen(name: str, first: int, last: int) -> Field:
    """Return an N field of yen, unsigned."""
    width = last - first + 1
    pattern, write = f"{DIGIT}{{{width}}}", yen_writer(width)
    return Field(name, first, last, pattern, "not_digits", read_yen, write, shape=Shape("yen"))


def day(name: str, first: int, last: int) -> Field:
    """Return a YYYYMMDD field."""
    return Field(name, first, last, "[0-9]{8}", "not_digits", read_day, write_day)


def optional_day(name: str, first: int, last: int) -> Field:
    """Return a YYYYMMDD field where zeros mean that there is no day."""
    return Field(name, first, last, "[0-9]{8}", "not_digits", read_optional_day, write_optional_day)


def clock_time(name: str, first: int, last: int) -> Field:
    """Return an HHMM or HHMMSS field, kept as text: Tokyo wall time of the day beside it."""
    pattern = {4: HHMM, 6: HHMMSS}[last - first + 1]
    write = text_writer(pattern, "not_a_time")
    return Field(name, first, last, pattern, "not_a_time", str, write, shape=Shape("clock"))


def key(name: str, first: int, last: int, *, letters: str, shortest: int, code: str) -> Field:
    """Return a C field with a key of `shortest` bytes or more from one class of characters."""
    width = last - first + 1
    lengths = range(width, shortest - 1, -1)
    pattern = "(?:" + "|".join(f"{letters}{{{n}}} {{{width - n}}}" for n in lengths) + ")"
    write_text = text_writer(f"{letters}{{{shortest},}}", code)

    def read(image: str) -> str:
        return image.rstrip(" ")

    def write(value: object) -> str:
        written = write_text(value)
        if len(written) > width:
            raise ValueError("too_wide")
        return written.ljust(width)

    shape = Shape("padded", letters, shortest)
    return Field(name, first, last, pattern, code, read, write, shape=shape)


def text(name: str, first: int, last: int) -> Field:
    """Return a C field of upper-case letters, digits, symbols and half-width kana.

    Left-justified, so it does not begin with a space; kana with a voiced mark are two bytes.
    """
    width = last - first + 1
    pattern = f"(?:[{IMAGE_PATTERN}][ {IMAGE_PATTERN}]{{{width - 1}}}| {{{width}}})"

    def read(image: str) -> str:
        return from_image(image.rstrip(" "))

    def write(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError("not_text")  # noqa: TRY004 - the writer's one kind of error
        if value != value.strip(" "):
            raise ValueError("space_at_either_end")
        image = to_image(value)
        if len(image) > width:
            raise ValueError("too_wide")
        return image.ljust(width)

    shape = Shape("text", f"[{IMAGE_PATTERN}]")
    return Field(name, first, last, pattern, "outside_character_set", read, write, shape=shape)


def choice(name: str, first: int, last: int, values: Mapping[str, Hashable]) -> Field:
    """Return a field that holds one of a few codes."""
    pattern = "(?:" + "|".join(re.escape(code) for code in values) + ")"
    return Field(
        name, first, last, pattern, "unknown_code", values.__getitem__, choice_writer(values)
    )


def _values_getter(names: tuple[str, ...]) -> Callable[[object], tuple[Any, ...]]:
    """Return what gets a record's values in order; attrgetter alone would not wrap a single one."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


class RecordLayout:
    """One kind of record: its fields in order, covering every byte once."""

    def __init__(self, name: str, length: int, fields: Iterable[Field]) -> None:
        self.name = name
        self.length = length
        self.fields = tuple(fields)
        self._prove()
        self._by_name = {field.name: field for field in self.fields}
        read = [field for field in self.fields if field.role != "fixed"]
        self._read: tuple[Reader, ...] = tuple(field.read for field in read)
        self.read_names = tuple(field.name for field in read)
        self.value_names = tuple(field.name for field in read if field.role == "value")
        self._values_of = _values_getter(self.value_names)
        self._write: tuple[Writer, ...] = tuple(
            field.write for field in self.fields if field.role == "value"
        )
        # Literals and the room for seals never change, so a record is one formatting of its values.
        self._template = "".join(
            "%s" if field.role == "value" else field.write(None).replace("%", "%%")
            for field in self.fields
        )
        self._matches = re.compile(
            "".join(
                field.pattern if field.role == "fixed" else f"({field.pattern})"
                for field in self.fields
            ),
            re.DOTALL,
        ).fullmatch
        self._field_matches = [re.compile(field.pattern).fullmatch for field in self.fields]

    def _prove(self) -> None:
        position = 1
        for field in self.fields:
            if field.first != position or field.last < field.first:
                raise ValueError(
                    f"{self.name}.{field.name} starts at {field.first}, expected {position}"
                )
            position = field.last + 1
        if position != self.length + 1:
            raise ValueError(f"{self.name} covers {position - 1} bytes, expected {self.length}")
        names = [field.name for field in self.fields if field.role != "fixed"]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name} names a field twice")

    def field(self, name: str) -> Field:
        """Return a field that holds a value or a seal; KeyError for another name."""
        return self._by_name[name]

    def proved_for(self, record: type) -> RecordLayout:
        """Return this layout if `record` has exactly its values, in order; ValueError otherwise."""
        names = tuple(getattr(record, "__dataclass_fields__", ()))
        if names != self.value_names:
            raise ValueError(f"{record.__name__} has {names}, the layout {self.value_names}")
        return self

    def decode(self, image: str) -> list[Any] | None:
        """Return the values (and seals) in order, or None if any field is wrong.

        One match for the whole record: this is the path that every sound record takes.
        """
        match = self._matches(image)
        if match is None:
            return None
        try:
            return [read(part) for read, part in zip(self._read, match.groups(), strict=True)]
        except ValueError:
            return None

    def diagnose(self, image: str) -> list[Fault]:
        """Return every fault of a record that `decode` refused."""
        faults = []
        for field, matches in zip(self.fields, self._field_matches, strict=True):
            part = field.part_of(image)
            if matches(part) is None:
                faults.append(Fault(field.first, field.name, field.code, from_image(part)))
                continue
            try:
                field.read(part)
            except ValueError as problem:
                faults.append(Fault(field.first, field.name, str(problem), from_image(part)))
        return faults

    def fault(self, name: str, code: str, value: object, *, structural: bool = True) -> Fault:
        """Return a fault of a rule between fields, placed at the field that shows it."""
        return Fault(self._by_name[name].first, name, code, str(value), structural)

    def encode(self, record: object) -> bytes:
        """Write a record's attributes; FileProblemError for what cannot be written exactly."""
        values = self._values_of(record)
        try:
            parts = [write(value) for write, value in zip(self._write, values, strict=True)]
        except ValueError:
            raise self._unwritable(values) from None
        raw = (self._template % tuple(parts)).encode("latin-1")
        if len(raw) != self.length:
            raise FileProblemError(self.name, "wrong_record_length", len(raw))
        return raw

    def _unwritable(self, values: Iterable[Any]) -> FileProblemError:
        """Say which of the values it was that could not be written: the first one."""
        for name, write, value in zip(self.value_names, self._write, values, strict=True):
            try:
                write(value)
            except ValueError as problem:
                return FileProblemError(name, str(problem), value)
        raise AssertionError("a value that could not be written can be written")
