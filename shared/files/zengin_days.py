"""Era dates as fields of a Zengin file: the layout sees six digits, the rules turn them into days.

Only who received the file knows the window in which the digits mean one day (shared.files.eras).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from shared.files.eras import EraDateProblem, EraDays, EraWindow, era_digits
from shared.files.layout import Field, RecordLayout, Shape
from shared.files.problems import Fault
from shared.files.values import NOT_A_DATE

if TYPE_CHECKING:
    from shared.files.columns import Columns

NO_DAY = "000000"


def era_day(name: str, first: int, last: int) -> Field:
    """Return a YYMMDD field; it is read as digits."""
    shape = Shape("full")
    return Field(name, first, last, "[0-9]{6}", "not_digits", str, _write_day, shape=shape)


def optional_era_day(name: str, first: int, last: int) -> Field:
    """Return a YYMMDD field in which zeros mean that there is no day."""

    def read(image: str) -> str | None:
        return None if image == NO_DAY else image

    def write(value: object) -> str:
        return NO_DAY if value is None else _write_day(value)

    return Field(name, first, last, "[0-9]{6}", "not_digits", read, write)


class EraFields:
    """The era dates of one kind of record, read within about ten years of the day of receipt."""

    def __init__(self, layout: RecordLayout, names: Iterable[str], received_on: date) -> None:
        self._layout = layout
        self._places = [(layout.value_names.index(name), name) for name in names]
        self._days = EraDays(EraWindow.around(received_on))

    def read_in_place(self, values: list[Any]) -> list[Fault]:
        """Turn digits into days within `values`; faults: not_a_date, outside_window."""
        faults = []
        for place, name in self._places:
            if values[place] is None:
                continue
            try:
                values[place] = self._days[values[place]]
            except EraDateProblem as problem:
                faults.append(self._layout.fault(name, problem.code, values[place]))
        return faults

    def read_columns(self, columns: Columns) -> bool:
        """Turn the digits of many records into days; False, and no change, if any is no day."""
        days = self._days
        try:
            read = {
                name: [None if digits is None else days[digits] for digits in columns[name]]
                for _, name in self._places
            }
        except EraDateProblem:
            return False
        for name, column in read.items():
            columns[name] = column
        return True


def _write_day(value: object) -> str:
    if type(value) is not date:
        raise ValueError(NOT_A_DATE)
    return era_digits(value)
