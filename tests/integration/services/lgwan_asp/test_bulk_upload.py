"""Uploads of any size: copied while they are checked, applied in portions, answered by record."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from sqlalchemy import event

from services.lgwan_asp.domain.billing_files import first_effective_day
from services.lgwan_asp.store.billing_rows import RECORD_FIELDS, Owner, rows_of
from services.lgwan_asp.store.tables import FOUNDATION
from services.lgwan_asp.store.unit_of_work import UnitOfWork
from services.lgwan_asp.usecases.apply_billing_files import apply_billing_files
from shared.files.billing import BillingRecord
from shared.files.billing_blocks import BillingCheck, records_of
from shared.files.billing_results import load_billing_results, write_billing_results
from shared.files.codes import Proc
from shared.kit.ids import new_id
from shared.kit.money import Yen
from shared.kit.peer import PeerNotDone, PeerRefused
from shared.wire.file_collection import BILLING_RESULT
from tests.integration.services.lgwan_asp.conftest import (
    WARD_A,
    WARD_B,
    Centre,
    Slip,
    billing_file,
)

MONDAY, TUESDAY = date(2025, 6, 2), date(2025, 6, 3)


def _varied() -> list[BillingRecord]:
    """Return records in which each kind of field has its shortest and its longest value."""
    named = replace(
        Slip(1).record(), payer_name_kana="ｶﾞｷﾞｸﾞ ﾊﾟﾋﾟﾌﾟ (ｶ)", description_kana="A-1.B/C,D&E'*+:"
    )
    widest = replace(
        Slip(2).record(Proc.CHANGE),
        payment_number="9" * 20,
        confirmation_number="123456",
        amount_yen=Yen(99_999_999_999),
        principal_yen=Yen(99_999_999_999),
        notice_number="8" * 16,
        issue=99,
        payer_name_kana="ﾝ" * 48,
        description_kana="",
    )
    parts = replace(
        Slip(3).record(Proc.DELETE, 4),
        amount_yen=Yen(6),
        principal_yen=Yen(1),
        late_charge_yen=Yen(2),
        fee_yen=Yen(3),
        payment_number="0" * 16,
        notice_number="1",
        levy_year=2024,
        instalment=0,
    )
    return [named, widest, parts, Slip(4).record(Proc.DELETE, 1)]


def _only_block(content: bytes):
    (block,) = BillingCheck(content, WARD_A.tamper_key).blocks()
    return block


async def _stored(centre: Centre, owner: Owner) -> list[tuple]:
    fields = ", ".join(RECORD_FIELDS)
    query = "SELECT municipality, error_code, {} FROM billing_records WHERE file_id = '{}'"
    return await centre.rows(query.format(fields, owner.file_id) + " ORDER BY record_seq")


async def _copy(centre: Centre, rows_from) -> list[tuple]:
    owner = Owner(new_id(), WARD_A.municipality)
    async with centre.resources.open_unit_of_work() as work:
        await work.billing_files.find(WARD_A.institution, 1)
        await work.billing_files.copy_rows(owner, rows_from(owner))
        await work.commit()
    return await _stored(centre, owner)


async def test_rows_copied_as_text_equal_rows_copied_as_values(centre: Centre):
    block = _only_block(billing_file(_varied()))
    assert isinstance(rows_of(Owner(new_id(), "131041"), block), bytes)
    as_text = await _copy(centre, lambda owner: rows_of(owner, block))
    as_values = await _copy(centre, lambda _: records_of(block))
    assert as_text == as_values
    assert [row[-1] for row in as_text] == [None, None, 4, 1]
    assert as_text[0][2 + RECORD_FIELDS.index("payer_name_kana")] == "ｶﾞｷﾞｸﾞ ﾊﾟﾋﾟﾌﾟ (ｶ)"


async def test_a_yen_sign_in_a_name_arrives_as_it_is(centre: Centre):
    record = replace(Slip(1).record(), payer_name_kana="ﾃｽﾄ ¥ﾀﾛｳ")
    block = _only_block(billing_file([record, Slip(2).record()]))
    stored = await _copy(centre, lambda owner: rows_of(owner, block))
    names = [row[2 + RECORD_FIELDS.index("payer_name_kana")] for row in stored]
    assert names == ["ﾃｽﾄ ¥ﾀﾛｳ", "ﾃｽﾄ ﾀﾛｳ"]


async def test_a_file_of_a_rarer_shape_is_taken_record_by_record(centre: Centre):
    raw = billing_file([Slip(1).record(), Slip(2).record()])
    lines = [raw[start : start + 256] for start in range(0, len(raw), 256)]
    content = b"\r\n".join(lines)  # the last record bears no line end
    answer = await centre.upload(content)
    assert (answer.state, answer.record_count, answer.total_yen) == ("accepted", 2, 24_600)
    assert await centre.upload(content) == answer
    assert await centre.rows("SELECT count(*) FROM billing_records") == [(2,)]


async def test_a_file_that_turns_out_unsound_at_its_end_leaves_no_row(centre: Centre):
    content = bytearray(billing_file([Slip(n).record() for n in range(1, 40)]))
    content[-256 - 200] ^= 1  # within the hash of the trailer
    with pytest.raises(PeerRefused, match="problems"):
        await centre.upload(bytes(content))
    assert await centre.rows("SELECT count(*) FROM billing_records") == [(0,)]


async def _apply(centre: Centre, portion_records: int, open_unit_of_work=None):
    return await apply_billing_files(
        contracts=centre.resources.contracts,
        open_unit_of_work=open_unit_of_work or centre.resources.open_unit_of_work,
        clock=centre.clock,
        portion_records=portion_records,
    )


class _Dying(UnitOfWork):
    """A unit of work of a process that dies instead of its n-th commit."""

    commits_left = 0

    async def commit(self) -> None:
        if _Dying.commits_left == 0:
            raise ConnectionError("killed")
        _Dying.commits_left -= 1
        await super().commit()


async def test_a_crash_between_portions_goes_on_where_it_stopped(centre: Centre):
    await centre.upload(billing_file([Slip(n).record() for n in range(1, 8)]))
    centre.at(MONDAY, 17)

    def dying() -> _Dying:
        return _Dying(centre.resources.foundation.engine, centre.clock, FOUNDATION.journal)

    for commits, applied in ((2, 2), (2, 4), (3, 7)):  # the first commit accepts leftovers
        _Dying.commits_left = commits
        with pytest.raises(ConnectionError):
            await _apply(centre, 2, dying)
        found = await centre.rows("SELECT state, applied_through FROM billing_files")
        assert found == [("ACCEPTED", applied)]
        assert await centre.rows("SELECT count(*) FROM bills") == [(applied,)]
        assert await centre.files() == []
    assert await _apply(centre, 2) == {"files": 1, "records": 7, "refused": 0}
    results = await centre.results()
    assert [(row.record_seq, row.error_code) for row in results] == [(n, "") for n in range(1, 8)]


@pytest.mark.parametrize("portion_records", [1, 2, 3, 100])
async def test_records_of_one_key_in_two_portions_act_in_their_order(
    centre: Centre, portion_records: int
):
    records = [
        Slip(1).record(),
        Slip(1).record(),
        Slip(1).record(Proc.DELETE, 2),
        Slip(2).record(),
        Slip(1).record(Proc.CHANGE),
        Slip(1, amount_yen=700).record(),
        Slip(2, amount_yen=800).record(Proc.CHANGE),
    ]
    await centre.upload(billing_file(records))
    centre.at(MONDAY, 17)
    await _apply(centre, portion_records)
    results = await centre.results()
    assert [row.error_code for row in results] == ["", "E110", "", "", "E120", "", ""]
    centre.at(TUESDAY)
    assert (await centre.inquire(Slip(1))).amount_yen == 700
    assert (await centre.inquire(Slip(2))).amount_yen == 800
    last = "SELECT record_seq FROM bills ORDER BY notice_number"
    assert await centre.rows(last) == [(6,), (7,)]


async def test_new_keys_beside_known_ones_are_judged_one_by_one(centre: Centre):
    await centre.publish(Slip(2))
    await centre.results()
    await centre.upload(billing_file([Slip(n).record() for n in (1, 2, 3, 4)], sequence=2))
    assert await centre.rows("SELECT keys_repeat FROM billing_files") == [(False,), (False,)]
    centre.at(TUESDAY, 17)
    await _apply(centre, 2)
    assert [row.error_code for row in await centre.results()] == ["", "E110", "", ""]
    assert await centre.rows("SELECT count(*) FROM bills") == [(4,)]


@dataclass
class _Plans:
    """Explains each statement on bills before it is sent, on the same connection."""

    lines: list[str] = field(default_factory=list)

    def explain(self, connection, cursor, statement: str, parameters, *_) -> None:
        if "bills" in statement and not statement.startswith(("EXPLAIN", "SET")):
            cursor.execute(f"EXPLAIN {statement}", parameters)
            self.lines += [row[0] for row in cursor.fetchall()]


async def test_bills_are_looked_up_by_index_however_few_there_were(centre: Centre):
    await centre.publish(*(Slip(n) for n in range(1, 30)))
    records = [Slip(n).record(Proc.CHANGE) for n in range(1, 30)]
    news = [Slip(n).record() for n in range(40, 60)]
    await centre.upload(billing_file([*records, *news, Slip(1).record(Proc.DELETE, 2)], 2))
    centre.at(TUESDAY, 17)
    plans, engine = _Plans(), centre.resources.foundation.engine.sync_engine
    event.listen(engine, "before_cursor_execute", plans.explain)
    try:
        await _apply(centre, 20)
    finally:
        event.remove(engine, "before_cursor_execute", plans.explain)
    looks = [line for line in plans.lines if "Scan" in line and " bills" in line]
    assert len(looks) > 5
    assert [line for line in looks if "Index Scan" not in line] == []


async def test_two_copies_of_the_centre_apply_a_file_once(centre: Centre):
    await centre.upload(billing_file([Slip(n).record() for n in range(1, 20)]))
    centre.at(MONDAY, 17)
    first, second = await asyncio.gather(_apply(centre, 3), _apply(centre, 3))
    assert first["files"] + second["files"] == 1
    assert await centre.rows("SELECT count(*) FROM bills") == [(19,)]
    assert {row.error_code for row in await centre.results()} == {""}


async def test_a_deleted_key_that_was_paid_meanwhile_is_not_added_again(centre: Centre):
    await centre.publish(Slip(1), Slip(2))
    await centre.results()
    centre.at(TUESDAY, 16, 59)
    told = await centre.inquire(Slip(1))
    deletes = [Slip(n).record(Proc.DELETE, 2) for n in (1, 2)]
    await centre.upload(billing_file(deletes, sequence=2))
    centre.at(TUESDAY, 17)
    await centre.run("apply_billing_files")
    await centre.results()
    assert await centre.notify(centre.notification(told)) == "00"
    await centre.upload(billing_file([Slip(n).record() for n in (1, 2)], sequence=3))
    centre.at(date(2025, 6, 4), 17)
    await centre.run("apply_billing_files")
    assert [row.error_code for row in await centre.results()] == ["E130", ""]


async def test_the_copied_result_equals_the_written_one(centre: Centre):
    await centre.publish(Slip(1), Slip(2), Slip(3))
    await centre.results()
    await centre.pay(Slip(2))
    records = [
        Slip(1).record(),
        Slip(2).record(Proc.DELETE, 1),
        Slip(9).record(Proc.CHANGE),
        Slip(3, amount_yen=1).record(Proc.CHANGE),
        Slip(4).record(),
    ]
    await centre.upload(billing_file(records, sequence=2))
    centre.at(TUESDAY, 16, 59)
    await centre.inquire(Slip(3))
    centre.at(TUESDAY, 17)
    await centre.run("apply_billing_files")
    (file,) = [f for f in await centre.files() if f.kind == BILLING_RESULT]
    content = await centre.collect(file)
    loaded = load_billing_results(content)
    assert [row.error_code for row in loaded.records] == ["E110", "E130", "E120", "E140", ""]
    assert loaded.problems == []
    assert write_billing_results(loaded.records) == content
    assert (file.record_count, file.total_yen, file.size_bytes) == (5, 0, len(content))


async def test_an_upload_without_records_has_a_result_without_rows(centre: Centre):
    await centre.upload(billing_file([]))
    centre.at(MONDAY, 17)
    assert await centre.run("apply_billing_files") == {"files": 1, "records": 0, "refused": 0}
    assert await centre.results() == []


async def test_while_a_portion_is_open_the_other_ward_and_other_keys_are_answered(centre: Centre):
    theirs = Slip(1, ward=WARD_B)
    await centre.upload(billing_file([theirs.record()], ward=WARD_B), WARD_B)
    await centre.publish(Slip(1), Slip(2))
    records = [Slip(1, amount_yen=5).record(Proc.CHANGE), Slip(2, amount_yen=5).record(Proc.CHANGE)]
    await centre.upload(billing_file(records, sequence=2))
    async with centre.resources.open_unit_of_work() as work:
        file = await work.billing_files.next_to_apply(WARD_A.institution, TUESDAY)
        assert file is not None
        assert file.apply_on is not None
        await work.billing_files.apply_through(
            file, 1, first_day=first_effective_day(file.apply_on), now=centre.clock.now()
        )
        async with asyncio.timeout(10):
            assert (await centre.inquire(theirs)).result == "00"
            assert (await centre.inquire(Slip(2))).result == "00"
            more = billing_file([Slip(2, ward=WARD_B).record()], 2, WARD_B)
            assert (await centre.upload(more, WARD_B)).state == "accepted"


async def test_a_third_upload_at_once_is_told_to_come_later(centre: Centre):
    slots = centre.resources.upload_slots
    content = billing_file([Slip(1).record()])
    with slots.taken(), slots.taken():
        with pytest.raises(PeerNotDone, match="overloaded"):
            await centre.upload(content)
        assert await centre.rows("SELECT count(*) FROM billing_files") == [(0,)]
    assert (await centre.upload(content)).state == "accepted"


async def test_a_refused_upload_gives_its_place_back(centre: Centre):
    for _ in range(3):
        with pytest.raises(PeerRefused, match="problems"):
            await centre.upload(b"x" * 300)
    assert (await centre.upload(billing_file([Slip(1).record()]))).state == "accepted"
