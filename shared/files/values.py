"""How single values of a record are read from and written to text: days, times, yen, codes.

Knows no positions and no format. A reader raises ValueError with the problem's code as its message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache

from shared.kit.money import Yen

Reader = Callable[[str], object]
Writer = Callable[[object], str]

NOT_A_DATE = "not_a_date"
NO_DAY = "00000000"
YEAR_FIRST, YEAR_LAST = 1900, 2199
HHMM = "(?:[01][0-9]|2[0-3])[0-5][0-9]"
HHMMSS = f"{HHMM}[0-5][0-9]"


@lru_cache(maxsize=4096)
def read_day(text: str) -> date:
    """Read YYYYMMDD in the years 1900 to 2199 (anything else in such a file is a damaged digit)."""
    year = int(text[:4])
    if not YEAR_FIRST <= year <= YEAR_LAST:
        raise ValueError(NOT_A_DATE)
    try:
        return date(year, int(text[4:6]), int(text[6:]))
    except ValueError:
        raise ValueError(NOT_A_DATE) from None


def read_optional_day(text: str) -> date | None:
    """Read YYYYMMDD, or zeros for no day."""
    return None if text == NO_DAY else read_day(text)


def write_day(value: object) -> str:
    """Write a date as YYYYMMDD; a datetime is not a date here."""
    if type(value) is not date:
        raise ValueError(NOT_A_DATE)
    return _digits_of(value)


@lru_cache(maxsize=4096)
def _digits_of(day: date) -> str:
    if not YEAR_FIRST <= day.year <= YEAR_LAST:
        raise ValueError(NOT_A_DATE)
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def write_optional_day(value: object) -> str:
    """Write a date as YYYYMMDD, None as zeros."""
    return NO_DAY if value is None else write_day(value)


def read_iso_day(text: str) -> date:
    """Read YYYY-MM-DD, whose form has been checked."""
    return read_day(text.replace("-", ""))


def write_iso_day(value: object) -> str:
    """Write a date as YYYY-MM-DD."""
    if type(value) is not date:
        raise ValueError(NOT_A_DATE)
    return _iso_of(value)


@lru_cache(maxsize=4096)
def _iso_of(day: date) -> str:
    digits = _digits_of(day)
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


def read_instant(text: str) -> datetime:
    """Read YYYY-MM-DDTHH:MM:SSZ, whose form has been checked."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(NOT_A_DATE) from None
    if not YEAR_FIRST <= instant.year <= YEAR_LAST:
        raise ValueError(NOT_A_DATE)
    return instant


def write_instant(value: object) -> str:
    """Write an aware instant in UTC to the second; a fraction would be lost, so it is refused."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("not_an_instant")
    if value.microsecond:
        raise ValueError("finer_than_a_second")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=16_384)
def read_yen(text: str) -> Yen:
    """Read digits as yen."""
    return Yen(int(text))


def yen_writer(width: int) -> Writer:
    """Return a writer of zero-filled yen; refuses bool, float, str, negative and too wide."""
    return _natural_writer(width, zero_filled=True)


def number_writer(width: int) -> Writer:
    """Return a writer of zero-filled natural numbers."""
    return _natural_writer(width, zero_filled=True)


def plain_number_writer(width: int) -> Writer:
    """Return a writer of natural numbers without leading zeros, `width` digits at most (CSV)."""
    return _natural_writer(width, zero_filled=False)


def _natural_writer(width: int, *, zero_filled: bool) -> Writer:
    limit = 10**width
    template = f"%0{width}d" if zero_filled else "%d"

    def write(value: object) -> str:
        if not isinstance(value, int) or value is True or value is False:
            raise ValueError("not_a_whole_number")
        if not 0 <= value < limit:
            raise ValueError("negative" if value < 0 else "too_wide")
        return template % value

    return write


def text_writer(pattern: str, code: str) -> Writer:
    """Return a writer that lets text through unchanged if all of it matches `pattern`."""
    matches = re.compile(pattern).fullmatch

    def write(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError("not_text")  # noqa: TRY004 - the writer's one kind of error
        if not matches(value):
            raise ValueError(code)
        return str(value)

    return write


def choice_writer(values: Mapping[str, Hashable]) -> Writer:
    """Return a writer for one of a few values; `values` maps the text to what it means."""
    texts: dict[object, str] = {value: text for text, value in values.items()}

    def write(value: object) -> str:
        try:
            found = None if isinstance(value, bool) else texts.get(value)
        except TypeError:  # a value that cannot even be looked up
            found = None
        if found is None:
            raise ValueError("unknown_code")
        return found

    return write
