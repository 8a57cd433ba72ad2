"""What a log line leaves out."""

from __future__ import annotations

import io
import json
import logging

from shared.kit.context import acting
from shared.kit.logs import _without_details, logger, set_up_logs

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


def test_own_lines_and_those_of_libraries_are_one_json_object_each_with_the_same_stamps():
    lines = io.StringIO()
    set_up_logs("lgwan_asp", stream=lines)
    try:
        with acting("bank-0001", "c-1"):
            logger().info("answered", status=200)
            logger().debug("not_said")
            logging.getLogger("a.library").warning("careful")
            try:
                raise ValueError(TRACEBACK)
            except ValueError:
                logger().exception("failed")
    finally:
        set_up_logs("tests")
    said = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [(line["event"], line["level"]) for line in said] == [
        ("answered", "info"),
        ("careful", "warning"),
        ("failed", "error"),
    ]
    assert {(line["service"], line["actor"], line["correlation_id"]) for line in said} == {
        ("lgwan_asp", "bank-0001", "c-1")
    }
    assert all("machine_at" in line for line in said)
    assert "UniqueViolationError" in said[2]["exception"]
    assert "91919123" not in lines.getvalue()
