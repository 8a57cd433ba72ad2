"""Ways to damage a file: bytes, whole records, line ends, and pieces of another format's file."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

MUTATIONS_MAX = 4
PIECE_MAX = 40
REPEATED_MAX = 90
FILE_BYTES_MAX = 65_536
# The bytes at the borders of the classes of characters that the formats know.
TELLING = b'\x00\t\n\r\x1a !"0123589:@AZ[\\`az\x7f\x80\xa0\xa1\xdf\xe0\xef\xfe\xff,'
LINE_ENDS = (b"", b"\n", b"\r", b"\r\n", b"\n\r", b"\x1a")


def damaged(random: Random, good: bytes, other: bytes) -> bytes:
    """Return `good` after one to four mutations; `other` is a file of whichever format."""
    data = good
    for _ in range(random.randint(1, MUTATIONS_MAX)):
        data = random.choice(MUTATIONS)(random, data, other)[:FILE_BYTES_MAX]
    return data


def _flip(random: Random, data: bytes, other: bytes) -> bytes:
    return _at(random, data, lambda byte: byte ^ 1 << random.randrange(8))


def _replace(random: Random, data: bytes, other: bytes) -> bytes:
    return _at(random, data, lambda _: random.choice(TELLING))


def _at(random: Random, data: bytes, change: Callable[[int], int]) -> bytes:
    if not data:
        return data
    place = random.randrange(len(data))
    return data[:place] + bytes([change(data[place])]) + data[place + 1 :]


def _digit(random: Random, data: bytes, other: bytes) -> bytes:
    """Change a digit to a digit: what nearly every rule between fields is broken by."""
    places = [place for place, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if not places:
        return data
    place = random.choice(places)
    return data[:place] + b"%d" % random.randrange(10) + data[place + 1 :]


def _cut(random: Random, data: bytes, other: bytes) -> bytes:
    return data[: random.randint(0, len(data))]


def _insert(random: Random, data: bytes, other: bytes) -> bytes:
    place = random.randint(0, len(data))
    return data[:place] + random.randbytes(random.randint(1, 3)) + data[place:]


def _delete(random: Random, data: bytes, other: bytes) -> bytes:
    place = random.randint(0, len(data))
    return data[:place] + data[place + random.randint(1, PIECE_MAX) :]


def _line_end(random: Random, data: bytes, other: bytes) -> bytes:
    """Change one line end or, in a file without any, all of them."""
    records = records_of(data)
    if not records:
        return data
    new = random.choice(LINE_ENDS)
    if b"\n" in data:
        place = random.randrange(len(records))
        records[place] = records[place].rstrip(b"\r\n") + new
        return b"".join(records)
    return new.join(records) + random.choice((b"", new))


def _duplicate(random: Random, data: bytes, other: bytes) -> bytes:
    records = records_of(data)
    if not records:
        return data
    place = random.randrange(len(records))
    times = random.choice((2, 2, 2, 3, REPEATED_MAX))
    return b"".join(records[:place] + records[place : place + 1] * times + records[place + 1 :])


def _swap(random: Random, data: bytes, other: bytes) -> bytes:
    records = records_of(data)
    if not records:
        return data
    one, another = random.randrange(len(records)), random.randrange(len(records))
    records[one], records[another] = records[another], records[one]
    return b"".join(records)


def _splice(random: Random, data: bytes, other: bytes) -> bytes:
    """Put a piece of another file in place of a piece of this one, or behind its beginning."""
    start, place = random.randint(0, len(other)), random.randint(0, len(data))
    piece = other[start : start + random.choice((PIECE_MAX, FILE_BYTES_MAX))]
    return data[:place] + piece + data[place + len(piece) :]


MUTATIONS = (
    *(_flip, _replace, _digit, _cut, _insert, _delete),
    *(_line_end, _duplicate, _swap, _splice),
)


def records_of(data: bytes) -> list[bytes]:
    """Cut a file into lines, or into records as long as its last one, the end record."""
    if b"\n" in data:
        return data.splitlines(keepends=True)
    length = len(data) - max(0, data.rstrip(b" ").rfind(b"9"))
    return [data[start : start + length] for start in range(0, len(data), max(1, length))]
