"""What a log line leaves out."""

from __future__ import annotations

from shared.kit.logs import _without_details

TRACEBACK = """Traceback (most recent call last):
  File "store/slips.py", line 1, in add
asyncpg.exceptions.UniqueViolationError: duplicate key value violates unique constraint "slips"
DETAIL:  Key (barcode)=(91919123) already exists.
[SQL: INSERT INTO slips (barcode) VALUES ($1::TEXT)]"""


def test_the_values_of_a_refused_row_are_left_out_of_a_traceback():
    event = _without_details(None, "", {"event": "failed", "exception": TRACEBACK})
    assert "91919123" not in event["exception"]
    assert event["exception"].splitlines()[2].startswith("asyncpg.exceptions.UniqueViolation")
    assert len(event["exception"].splitlines()) == 4


def test_a_line_without_an_exception_stays_as_it_is():
    assert _without_details(None, "", {"event": "answered"}) == {"event": "answered"}
