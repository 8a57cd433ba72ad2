"""After a walk with all its troubles the ward believes of each key what the centre holds of it."""

from __future__ import annotations

from sqlalchemy import text

from shared.wire.mailing_gate import DEAD_KEYS

_AT_CENTRE = """
SELECT b.payment_number, b.delete_reason, b.effective_on, EXISTS (
  SELECT 1 FROM receipts r WHERE r.payment_number = b.payment_number
    AND r.state NOT IN ('CANCELLED', 'CANCELLATION_REPORTED')) AS paid
FROM bills b
"""
_AT_WARD = """
SELECT s.payment_number, s.state, s.centre_effective_on, EXISTS (
  SELECT 1 FROM receipts r WHERE r.slip_id = s.id AND r.channel = 'payeasy'
    AND r.state <> 'CANCELLED') AS paid
FROM slips s
"""
_PAID_ELSEWHERE = """
SELECT DISTINCT s.payment_number FROM slips s JOIN receipts r ON r.slip_id = s.id
WHERE r.channel <> 'payeasy' AND r.state <> 'CANCELLED'
"""


async def _rows(mesh, service: str, query: str) -> list:
    async with mesh.resources[service].foundation.engine.connect() as connection:
        return list((await connection.execute(text(query))).all())


async def test_what_the_ward_believes_is_what_the_centre_holds(mesh):
    outcome = await mesh.rehearsal().run(seed=1, instalments=2)
    assert outcome.failures == []
    centre = {row.payment_number: row for row in await _rows(mesh, "lgwan_asp", _AT_CENTRE)}
    ward = {row.payment_number: row for row in await _rows(mesh, "ward_gateway", _AT_WARD)}
    assert set(ward) == set(centre)
    for number, slip in ward.items():
        bill = centre[number]
        assert slip.state == ("HELD" if bill.delete_reason is None else "CLOSED"), number
        assert slip.paid == bill.paid, number
        assert slip.centre_effective_on >= bill.effective_on, number
    elsewhere = {row.payment_number for row in await _rows(mesh, "ward_gateway", _PAID_ELSEWHERE)}
    still_payable = {number for number, bill in centre.items() if bill.delete_reason is None}
    assert elsewhere, "the walk has payments by app"
    # One slip was paid twice, by card and on its own key: the centre answers 20, it stays as it is.
    assert {number for number in elsewhere & still_payable if not centre[number].paid} == set()
    open_orders = "SELECT 1 FROM billing_orders WHERE outcome IS NULL"
    assert await _rows(mesh, "ward_gateway", open_orders) == []


async def test_the_window_of_every_dead_slip_is_measured(mesh):
    await mesh.rehearsal().run(seed=1, instalments=2)
    query = {"first": "2025-06-01", "last": "2025-12-31"}
    report = await mesh.access.staff_asks("clerk", DEAD_KEYS, query=query)
    elsewhere = await _rows(mesh, "ward_gateway", _PAID_ELSEWHERE)
    assert report.paid_while_dead == 1
    assert (report.closed, report.still_open) == (len(elsewhere) - 1, 0)
    assert 0 < report.median_hours <= report.p95_hours <= report.longest_hours
