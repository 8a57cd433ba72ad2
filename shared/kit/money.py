"""Yen, the only money in the house: whole yen, never float, never a bool that slipped in.

Knows nothing of premiums, payments or files.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from annotated_types import Gt, Lt
from pydantic_core import core_schema


class Yen(int):
    """A whole number of yen (DESIGN rule 8): an int to PostgreSQL and JSON, made of ints only."""

    __slots__ = ()

    def __new__(cls, value: int) -> Self:
        """Take an int; raise TypeError for bool, float, str and everything else."""
        if type(value) is not int and (type(value) is bool or not isinstance(value, int)):
            message = f"Yen takes a whole number, not {type(value).__name__}"
            raise TypeError(message)
        return int.__new__(cls, value)

    def __add__(self, other: int) -> Yen:
        """Add yen to yen."""
        return Yen(int(self) + int(Yen(other)))

    __radd__ = __add__

    def __sub__(self, other: int) -> Yen:
        """Take yen from yen; the difference may be negative."""
        return Yen(int(self) - int(Yen(other)))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        """Accept JSON integers only (no strings, no floats, no booleans)."""
        return core_schema.no_info_after_validator_function(
            cls,
            core_schema.int_schema(strict=True),
            serialization=core_schema.plain_serializer_function_ser_schema(
                int, return_schema=core_schema.int_schema()
            ),
        )


class _Documented:
    """What a contract document says of an amount: the limits of an int of our own it cannot see."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __get_pydantic_json_schema__(self, *_: Any) -> dict[str, Any]:
        return {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": self.limit}


YEN_LIMIT = 10**15
"""No amount that travels reaches this; sums of many such amounts still fit where they are kept."""
PositiveYen = Annotated[
    Yen,
    Gt(0),
    Lt(YEN_LIMIT),
    _Documented(YEN_LIMIT),
]
ZERO_YEN = Yen(0)
