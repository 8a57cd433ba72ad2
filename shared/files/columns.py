"""A whole run of data records at once: one column for each field, checked and read with numpy.

Only ever concludes that every field of every record is sound; it refuses the run otherwise and does
not know why. What is wrong, and what a field means, is said by the layout alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, make_dataclass
from functools import cache
from itertools import repeat
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from shared.files.charset import KANA_FIRST, KANA_TO_UNICODE, YEN_SIGN, YEN_SIGN_BYTE
from shared.files.framing import Run
from shared.files.layout import Field, RecordLayout, Shape
from shared.kit.money import ZERO_YEN, Yen

R = TypeVar("R")
Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]

SPACE, ZERO = ord(" "), ord("0")
A_DIGIT = (ZERO, ord("9"))
# No NUL: numpy leaves it out at the end of a text.
ANY_BYTE = (1, 255)
# The highest digit that may stand at each place of HHMMSS; hours 24 to 29 are looked for apart.
CLOCK_HIGHEST = b"295959"
READINGS_MAX = 16_384
DIGITS_MAX = 18
DIGITS = Shape("full")


class Columns:
    """The sound fields of a run's records: their values, and their bytes for rules between them.

    Each column has one entry for each record, in the file's order.
    """

    def __init__(self, layout: RecordLayout, run: Run, matrix: Bytes) -> None:
        self.run = run
        self.matrix = matrix
        self.layout = layout
        self._values: dict[str, list[Any]] = {}
        self._numbers: dict[str, Numbers] = {}

    def __len__(self) -> int:
        return len(self.matrix)

    def __getitem__(self, name: str) -> list[Any]:
        """Return the values of a field."""
        return self._values[name]

    def __setitem__(self, name: str, values: list[Any]) -> None:
        """Set or replace the values of a field."""
        self._values[name] = values

    def __delitem__(self, name: str) -> None:
        """Leave out a field that is no part of the record, such as a seal."""
        del self._values[name]

    def rows(self) -> Iterator[list[Any]]:
        """Give each record's values (and seals), as RecordLayout.decode returns them."""
        return map(list, zip(*self._values.values(), strict=True))

    def records(self, record: type[R]) -> list[R]:
        """Make a record of each row."""
        make = cast("Callable[[Iterable[list[Any]]], list[R]]", _maker(cast("Any", record)))
        return make(self._values.values())

    def part(self, name: str | Field) -> Bytes:
        """Return a field's bytes, a row for each record."""
        field = self.layout.field(name) if isinstance(name, str) else name
        return self.matrix[:, field.first - 1 : field.last]

    def bytes_without(self, first: int, last: int, end: int) -> bytes:
        """Return each record's bytes up to position `end`, those of `first` to `last` left out."""
        parts = (self.matrix[:, : first - 1], self.matrix[:, last:end])
        return np.concatenate(parts, axis=1).tobytes()

    def numbers(self, name: str) -> Numbers:
        """Return the numbers that a field of digits holds, whatever they mean."""
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = _numbers(self.part(name))
        return found

    def numbers_within(self, name: str, first: int, last: int) -> Numbers:
        """Return the numbers at positions `first` to `last` of a field of digits, 1-based."""
        return _numbers(self.part(name)[:, first - 1 : last])

    def weighted(self, name: str, weights: tuple[int, ...]) -> Numbers:
        """Return the sums of a field's digits, each times its weight (below 2**24)."""
        digits = (self.part(name) - np.uint8(ZERO)).astype(np.float32)
        return (digits @ np.array(weights, np.float32)).astype(np.int64)

    def total(self, name: str, where: Mask | None = None) -> int:
        """Return the sum of a field's numbers, or of those where the mask is true."""
        numbers = self.numbers(name)
        return int(numbers.sum() if where is None else numbers[where].sum())

    def counts_from(self, name: str, first: int) -> bool:
        """Tell whether a field's numbers are `first` and those that follow it."""
        return bool((self.numbers(name) == np.arange(first, first + len(self))).all())

    def holds(self, name: str, text: str) -> Mask:
        """Tell for each record whether a field holds just this ASCII text."""
        wanted = np.frombuffer(text.encode("ascii"), np.uint8)
        return cast("Mask", (self.part(name) == wanted).all(axis=1))


ColumnCheck = Callable[[Columns, Field], None]
ColumnReader = Callable[[Columns, Field], list[Any]]


class _Readings(dict[str, Any]):
    """What the texts of one field mean, each read once; ValueError for one that is wrong."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._read = field.read
        self._matches = re.compile(field.pattern).fullmatch

    def __missing__(self, part: str) -> object:
        if self._matches(part) is None:
            raise ValueError(part)
        value = self._read(part)
        if len(self) >= READINGS_MAX:
            self.clear()
        self[part] = value
        return value


class _Reader:
    """Reads the runs of one layout."""

    def __init__(self, layout: RecordLayout) -> None:
        self._layout = layout
        bounds = [bound for field in layout.fields for bound in _bounds(field)]
        self._lowest = np.array([lowest for lowest, _ in bounds], np.uint8)
        self._span = np.array([highest - lowest for lowest, highest in bounds], np.uint8)
        # The bounds of a literal are all that there is to know of it.
        self._checked = [
            (field, *_check_and_reader(field))
            for field in layout.fields
            if field.shape is None or field.shape.kind != "literal"
        ]

    def check(self, run: Run) -> Columns | None:
        """Check a run without reading its values; None if any field of any record is wrong."""
        columns = columns_unread(self._layout, run)
        if not self._within_bounds(columns):
            return None
        try:
            for field, check, _ in self._checked:
                check(columns, field)
        except ValueError:
            return None
        return columns

    def read(self, run: Run) -> Columns | None:
        """Read a run; None if any field of any record is wrong."""
        columns = columns_unread(self._layout, run)
        if not self._within_bounds(columns):
            return None
        try:
            for field, check, read in self._checked:
                is_read = field.role != "fixed"
                if field.shape is not None or not is_read:  # without one, to read is to check
                    check(columns, field)
                if is_read:
                    columns[field.name] = read(columns, field)
        except ValueError:
            return None
        return columns

    def _within_bounds(self, columns: Columns) -> bool:
        # A byte below the lowest wraps round to a large one.
        return not ((columns.matrix - self._lowest) > self._span).any()


@cache
def _reader_of(layout: RecordLayout) -> _Reader:
    return _Reader(layout)


def columns_of(layout: RecordLayout, run: Run) -> Columns | None:
    """Read a run's fields as columns; None if any field of any record is wrong."""
    return _reader_of(layout).read(run)


def columns_checked(layout: RecordLayout, run: Run) -> Columns | None:
    """Do as columns_of does, but leave the values unread: a quarter of the time (billing data)."""
    return _reader_of(layout).check(run)


def columns_unread(layout: RecordLayout, run: Run) -> Columns:
    """Return a run's bytes as columns, neither checked nor read."""
    every = np.frombuffer(run.data, np.uint8).reshape(len(run), run.stride)
    return Columns(layout, run, every[:, : run.length])


def _bounds(field: Field) -> list[tuple[int, int]]:
    """Return the lowest and highest byte at each place of a field, as far as they are known."""
    shape = field.shape
    if shape is None:
        return [ANY_BYTE] * field.width
    if shape.kind == "literal":
        return [(byte, byte) for byte in shape.literal.encode("latin-1")]
    if shape.kind == "clock":
        return [(ZERO, highest) for highest in CLOCK_HIGHEST[: field.width]]
    if shape.kind in {"number", "yen"} or shape == DIGITS:
        return [A_DIGIT] * field.width
    return [ANY_BYTE] * field.width


def _check_and_reader(field: Field) -> tuple[ColumnCheck, ColumnReader]:
    """Return what checks and what reads a column of this field, its bytes being within bounds."""
    shape = field.shape
    if shape is None:
        readings = _Readings(field)
        return (
            lambda columns, field: _check_each_once(columns, field, readings),
            lambda columns, field: list(map(readings.__getitem__, _texts(columns.part(field)))),
        )
    by_kind: dict[str, tuple[ColumnCheck, ColumnReader]] = {
        "number": (_check_nothing, _read_numbers),
        "yen": (_check_nothing, _read_yen),
        "clock": (_check_clock, _read_texts),
        "full": (_check_full, _read_texts),
        "padded": (_check_padded, _read_padded),
        "text": (_check_kana, _read_kana),
    }
    return by_kind[shape.kind]


def _check_nothing(_: Columns, __: Field) -> None:
    """Know that bytes within bounds are all that this field demands."""


def _check_each_once(columns: Columns, field: Field, readings: _Readings) -> None:
    """Read each distinct text of a column; ValueError for one that is wrong."""
    part = np.ascontiguousarray(columns.part(field))
    whole = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}.get(field.width)
    distinct = np.unique(part.view(whole or f"S{field.width}"))
    for text in distinct.view(f"S{field.width}").tolist():
        readings[text.decode("latin-1")]


def _read_numbers(columns: Columns, field: Field) -> list[Any]:
    numbers: list[Any] = columns.numbers(field.name).tolist()
    return numbers


def _read_yen(columns: Columns, field: Field) -> list[Any]:
    numbers = columns.numbers(field.name)
    if not numbers.any():
        return [ZERO_YEN] * len(numbers)
    # What numpy hands out are ints: Yen need not ask each what it is.
    return list(map(int.__new__, repeat(Yen), numbers.tolist()))


def _read_texts(columns: Columns, field: Field) -> list[Any]:
    return _texts(columns.part(field))


def _check_clock(columns: Columns, field: Field) -> None:
    part = columns.part(field)
    if ((part[:, 0] == ord("2")) & (part[:, 1] > ord("3"))).any():
        raise ValueError(field.code)


def _check_full(columns: Columns, field: Field) -> None:
    if field.shape != DIGITS:
        _demand_only(_letters_of(field), columns.part(field), field)


def _check_padded(columns: Columns, field: Field) -> None:
    part = columns.part(field)
    _demand_only(_letters_of(field) + b" ", part, field)
    blank = part == SPACE
    shortest = field.shape.shortest if field.shape else 0
    if (blank[:, :-1] & ~blank[:, 1:]).any() or blank[:, :shortest].any():
        raise ValueError(field.code)


def _read_padded(columns: Columns, field: Field) -> list[Any]:
    part = columns.part(field)
    codes = part.astype(np.uint32, order="C")
    codes[part == SPACE] = 0  # numpy leaves NULs out at the end of a text
    return _texts_of_codes(codes)


def _check_kana(columns: Columns, field: Field) -> None:
    part = columns.part(field)
    _demand_only(_letters_of(field) + b" ", part, field)
    begins_blank = part[:, 0] == SPACE
    if begins_blank.any() and (part[begins_blank] != SPACE).any():
        raise ValueError(field.code)


def _read_kana(columns: Columns, field: Field) -> list[Any]:
    part = columns.part(field)
    codes = part.astype(np.uint32, order="C")
    codes += (part >= KANA_FIRST) * np.uint32(KANA_TO_UNICODE)
    codes[part == YEN_SIGN_BYTE] = ord(YEN_SIGN)
    return list(map(str.rstrip, _texts_of_codes(codes)))


def _demand_only(allowed: bytes, part: Bytes, field: Field) -> None:
    if part.tobytes().translate(None, allowed):
        raise ValueError(field.code)


def _letters_of(field: Field) -> bytes:
    return _class_members(field.shape.letters if field.shape else "")


@cache
def _class_members(letters: str) -> bytes:
    """Return the bytes that one class of characters, such as [0-9], matches."""
    matches = re.compile(letters).fullmatch
    return bytes(byte for byte in range(256) if matches(chr(byte)))


def _numbers(digits: Bytes) -> Numbers:
    """Return what rows of ASCII digits say; ValueError for more digits than 64 bits hold."""
    if digits.shape[1] > DIGITS_MAX:
        raise ValueError("too_wide")
    numbers = digits[:, 0].astype(np.int64)
    for place in range(1, digits.shape[1]):
        numbers *= 10
        numbers += digits[:, place]
    numbers -= ZERO * int("1" * digits.shape[1])
    return numbers


def _texts(part: Bytes) -> list[str]:
    return _texts_of_codes(part.astype(np.uint32, order="C"))


def _texts_of_codes(codes: NDArray[np.uint32]) -> list[str]:
    texts: list[str] = codes.view(f"U{codes.shape[1]}")[:, 0].tolist()
    return texts


@cache
def _maker(record: Any) -> Callable[[Iterable[list[Any]]], list[Any]]:  # noqa: ANN401 - any dataclass
    """Return what makes records of columns.

    A frozen record sets each of its fields with a call (1.5 µs for 23 fields). So a twin that is
    not frozen is filled, and then given the record's class: a sixth of the time (decision 0015).
    """
    if not hasattr(record, "__slots__") or hasattr(record, "__post_init__"):
        return lambda columns: list(map(record, *columns))
    names = [(field.name, Any) for field in fields(record)]
    bases = record.__bases__
    twin = make_dataclass(record.__name__, names, bases=bases, slots=True, eq=False, repr=False)

    def make(columns: Iterable[list[Any]]) -> list[Any]:
        made = list(map(twin, *columns))
        for each in made:
            each.__class__ = record
        return made

    return make
