"""Keys at the centre that no longer are what is owed are counted from the gateway's own rows."""

from __future__ import annotations

from dataclasses import replace

from services.ward_gateway.jobs.upload import count_billing_changes
from shared.files.codes import DataType
from tests.integration.services.ward_gateway.conftest import receipt

JOB = "count_billing_changes"


async def _ward_with_one_of_two_paid_by_app(ward):
    slips = await ward.with_slips(1000, 2000)
    await ward.run("upload_billing")
    ward.offer_receipts(1, receipt(slips[0]))
    await ward.run("collect_leased_line")
    return slips


async def test_a_key_whose_slip_was_paid_by_app_is_due_to_be_deleted(ward) -> None:
    slips = await ward.with_slips(1000, 2000)
    assert await ward.run(JOB) == {}
    ward.offer_receipts(1, receipt(slips[0]))
    await ward.run("collect_leased_line")
    assert await ward.run(JOB) == {}, "the centre does not hold the key yet"
    await ward.run("upload_billing")
    assert await ward.run(JOB) == {}, "a slip that died before it was sent is never sent"
    ward.offer_receipts(2, receipt(slips[1]))
    await ward.run("collect_leased_line")
    assert await ward.run(JOB) == {"deletes_due": 1}


async def test_a_payment_that_was_taken_back_leaves_its_key_payable(ward) -> None:
    slips = await _ward_with_one_of_two_paid_by_app(ward)
    assert await ward.run(JOB) == {"deletes_due": 1}
    ward.offer_receipts(2, receipt(slips[0], DataType.CANCELLED))
    await ward.run("collect_leased_line")
    assert await ward.run(JOB) == {}


async def test_the_setting_turns_it_off(ward) -> None:
    await _ward_with_one_of_two_paid_by_app(ward)
    off = replace(ward.resources, billing_changes=False)
    assert await count_billing_changes(off) == {}
    assert ward.resources.billing_changes
