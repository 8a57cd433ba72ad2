"""Invented single values of every kind, and what the generic tests know of a format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from hypothesis import strategies as st

from shared.files.problems import LoadedFile
from shared.keys.barcode import Barcode
from shared.kit.money import Yen

KEY = bytes(range(32))
RECEIVED_ON = date(2025, 6, 3)
MIDSUMMER = date(2025, 6, 30)


@dataclass(frozen=True)
class Format:
    """One format as the generic tests see it."""

    name: str
    header: Any
    records: list[Any]
    write: Callable[[Any, Any], bytes]
    load: Callable[[bytes], LoadedFile[Any, Any]]
    headers: st.SearchStrategy[Any]
    record_lists: st.SearchStrategy[list[Any]]
    total: Callable[[Any], int]

    def __str__(self) -> str:
        return self.name


def number(width):
    return st.text("0123456789", min_size=width, max_size=width)


def number_between(shortest, longest):
    return st.text("0123456789", min_size=shortest, max_size=longest)


def yen(highest=10**9):
    return st.integers(0, highest).map(Yen)


KANA = "ｱｲｳｴｵｶｷｸｹｺｻｼｽﾀﾁﾂﾞﾟｰ｢｣ABCXYZ019 ().-/¥"
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
ERA_DAYS = st.dates(date(2016, 1, 1), date(2026, 5, 31))
HHMM = st.builds("{:02d}{:02d}".format, st.integers(0, 23), st.integers(0, 59))
HHMMSS = st.builds("{}{:02d}".format, HHMM, st.integers(0, 59))


def kana(width):
    return st.text(KANA, max_size=width).map(lambda text: text.strip(" "))


def numbered(records, **changes):
    """Give records the running numbers that their file demands."""
    return [
        type(r)(**{**values_of(r), **changes, _number_of(r): n}) for n, r in enumerate(records, 1)
    ]


def values_of(record):
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _number_of(record):
    return "record_seq" if "record_seq" in record.__dataclass_fields__ else "record_no"


def lists_of(records):
    return st.lists(records, max_size=4)


BARCODE = Barcode("912345", "00001", "1250112345678900", 0, date(2025, 9, 30), 0, Yen(33_138))
BARCODES = st.builds(
    Barcode,
    number(6),
    number(5),
    number(16),
    st.integers(0, 9),
    st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(0, 1),
    st.integers(0, 300_000).map(Yen),
).map(lambda barcode: barcode.digits)
