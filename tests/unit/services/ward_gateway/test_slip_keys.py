"""A slip's keys by the vectors of DOMAIN §1.5 and §2.6, the cap, and the 取扱期限."""

from __future__ import annotations

import json
from datetime import date
from functools import partial

import pytest

from services.ward_gateway.domain.assessments import Assessment
from services.ward_gateway.domain.billing_uploads import UPLOAD_MACHINE
from services.ward_gateway.domain.contracts import load_contract
from services.ward_gateway.domain.intakes import INTAKE_MACHINE, IntakeState
from services.ward_gateway.domain.receipts import RECEIPT_MACHINE
from services.ward_gateway.domain.slips import SLIP_MACHINE, Slip, slip_of
from services.ward_gateway.jobs.registry import JOBS
from shared.keys.payment_number import confirmation_number
from shared.kit.ids import new_id
from shared.kit.money import Yen
from tests.unit.services.ward_gateway.test_contracts import GOOD

CONTRACT, _ = load_contract(json.dumps(GOOD))
MACHINES = (SLIP_MACHINE, UPLOAD_MACHINE, INTAKE_MACHINE, RECEIPT_MACHINE)


def claim(amount: int = 33_138, **more: object) -> Assessment:
    values = {
        "id": new_id(),
        "fiscal_year": 2025,
        "assessed_year": 2025,
        "levy_year": 2025,
        "notice_number": "123456789",
        "instalment": 1,
        "account_code": "0001",
        "collection_method": 1,
        "payment_method": 1,
        "year_class": 1,
        "assessment_number": "A-1",
        "corrections": 0,
        "assessed_on": date(2025, 6, 2),
        "amount_yen": Yen(amount),
        "medical_yen": Yen(amount),
        "support_yen": Yen(0),
        "care_yen": Yen(0),
        "child_yen": Yen(0),
        "due_date": date(2025, 6, 30),
        "limit_date": date(2025, 9, 30),
        "slip_type": 1,
        "issue": 0,
        "liable_person_id": "P-1",
        "payer_name_kana": "ﾀﾛｳ",
    }
    return Assessment(**(values | more))  # type: ignore[arg-type]


def slip(amount: int = 33_138, **more: object) -> Slip:
    confirm = partial(confirmation_number, bytes(range(32)))
    return slip_of(claim(amount, **more), new_id(), CONTRACT, date(2025, 6, 2), confirm)


def test_both_keys_are_those_of_the_handbook() -> None:
    made = slip()
    assert made.payment_number == "125011234567890024"
    assert made.confirmation_number == "7406"
    assert made.barcode is not None
    assert made.barcode[:29] == "91912345000011250112345678900"
    assert made.barcode[30:43] == "2508290033138"


@pytest.mark.parametrize(("amount", "printed"), [(300_000, True), (300_001, False)])
def test_three_hundred_thousand_yen_are_the_last_that_a_barcode_carries(amount, printed) -> None:
    assert (slip(amount).barcode is not None) is printed


@pytest.mark.parametrize(("issue", "printed"), [(9, True), (10, False)])
def test_the_tenth_reissue_has_no_barcode(issue, printed) -> None:
    made = slip(issue=issue)
    assert (made.barcode is not None) is printed
    assert made.payment_number[14:16] == f"{issue:02d}"


@pytest.mark.parametrize(
    ("own", "limit"),
    [
        (date(2025, 7, 31), date(2025, 7, 31)),
        (date(2025, 12, 31), date(2025, 8, 29)),
        (date(2025, 6, 1), date(2025, 6, 30)),
    ],
)
def test_the_earlier_limit_counts_but_never_one_before_the_due_date(own, limit) -> None:
    assert slip(limit_date=own).limit_date == limit


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_is_reached_and_every_state_that_waits_has_a_job(machine) -> None:
    assert machine.unreachable() == frozenset()
    named = {job.strip() for jobs in machine.waiting.values() for job in jobs.split(",")}
    assert named <= set(JOBS)
    assert named


def test_only_the_end_of_the_way_and_a_refusal_end_an_intake() -> None:
    assert INTAKE_MACHINE.terminal() == {IntakeState.ACKNOWLEDGED, IntakeState.REFUSED}
