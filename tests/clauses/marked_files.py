"""Files full of marks that stand nowhere else, and a search that finds a mark wherever it stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.ward_gateway.store.tables import METADATA
from shared.files.billing import write_billing
from shared.files.centre_receipts import write_centre_receipts
from shared.files.choutei import write_choutei
from shared.files.mobile_regi_receipts import write_receipts
from shared.files.shuno import write_shuno
from shared.keys.barcode import Barcode
from shared.keys.channels import Channel
from shared.keys.payment_number import PaymentNumber, SlipType
from shared.kit.money import Yen
from tests.unit.shared.files.invented_receipts import NOT_COMPARED
from tests.unit.shared.files.invented_records import (
    BILLING,
    CENTRE_RECEIPTS,
    RECEIPTS,
    centre_receipt,
    receipt,
)
from tests.unit.shared.files.invented_rows import ASSESSMENT
from tests.unit.shared.files.invented_values import KEY

# A notice number, a name in two scripts, an address and an id of a person who does not exist.
NOTICE = "980760541"
KANA = "ﾒｼﾞﾙｼ ﾊﾅﾖ"
NAME = "目印花代"
ADDRESS = "見本町九八七"
PERSON = "P-MARK-98076"
NUMBER = PaymentNumber(SlipType.INSTALMENT, 2025, 1, NOTICE, 0)
BARCODE = Barcode(
    "912345", "00001", NUMBER.biller_number, 0, date(2025, 9, 30), 0, Yen(33_138)
).digits
MARKS = (NOTICE, KANA, NAME, ADDRESS, PERSON)


def _kana_bytes(kana: str) -> bytes:
    return kana.encode("cp932")


def images_of(mark: str) -> set[bytes]:
    """Return a mark in every form in which one of our files, a log or a database may hold it."""
    plain = {mark.encode("utf-8"), mark.encode("cp932"), mark.encode("utf-16-le")}
    escaped = mark.encode("unicode_escape")
    return plain | {escaped} | {each.hex().encode() for each in plain}


IMAGES = frozenset(image for mark in MARKS for image in images_of(mark))


def marked_files() -> dict[str, bytes]:
    """Return the inputs of the converter, every record marked."""
    row = replace(
        ASSESSMENT,
        notice_number=NOTICE,
        payer_name_kana=KANA,
        name=NAME,
        address_1=ADDRESS,
        liable_person_id=PERSON,
    )
    reduced = replace(row, amount_yen=Yen(20_000), support_yen=Yen(0), care_yen=Yen(0))
    bill = replace(
        BILLING.records[0],
        payment_number=NUMBER.digits,
        notice_number=NOTICE,
        payer_name_kana=KANA,
    )
    paid = centre_receipt(payment_number=NUMBER.digits, notice_number=NOTICE)
    shop = replace(
        NOT_COMPARED, channel=Channel.CONVENIENCE, receipt_id=NOTICE, notice_number=NOTICE
    )
    banking = replace(receipt(), channel=Channel.MOBILE_BANKING, barcode=BARCODE)
    return {
        "choutei.csv": write_choutei([row]),
        "reduced.csv": write_choutei([reduced]),
        "billing.dat": write_billing(BILLING.header, [bill], KEY),
        "receipts.dat": write_centre_receipts(CENTRE_RECEIPTS.header, [paid], KEY),
        "paid.csv": write_shuno([replace(shop, instalment=2)]),
        "banking.dat": write_receipts(RECEIPTS.header, [banking]),
        "damaged.csv": write_choutei([row]).replace(b",9000,", b",9001,"),
    }


def marks_in(data: bytes) -> bool:
    """Say whether any mark stands in these bytes, in any form."""
    return any(image in data for image in IMAGES)


def marked_paths(folders: Iterable[Path]) -> list[Path]:
    """Return every file under these folders that holds a mark or is named by one."""
    return sorted(path for folder in folders for path in _files(folder) if _is_marked(path))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _is_marked(path: Path) -> bool:
    return marks_in(path.name.encode()) or marks_in(path.read_bytes())


async def marked_rows(engine: AsyncEngine) -> list[str]:
    """Return the ward's tables in which a row holds a mark, bytea columns as hex included."""
    found = []
    async with engine.connect() as connection:
        for table in METADATA.sorted_tables:
            rows = await connection.execute(text(f"SELECT t::text FROM {table.name} AS t"))  # noqa: S608
            if any(marks_in(row[0].encode()) for row in rows):
                found.append(table.name)
    return found
