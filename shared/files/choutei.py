"""`choutei.csv`: assessments as the standard system hands them to the ward, OWN DESIGN (DOMAIN §7).

Knows rows; the breakdown by 節 adds up to the assessed amount, and there is no column in which an
individual's state number (個人番号) could stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from shared.files.charset import CHARACTER_PATTERN
from shared.files.codes import Proc
from shared.files.csv_tables import (
    TEXT,
    Column,
    CsvTable,
    FileTotals,
    choice_column,
    day_column,
    number_column,
    padded_column,
    text_column,
    yen_column,
)
from shared.files.framing import Source
from shared.files.problems import Fault, FileProblem, LoadedFile, load_rows
from shared.keys.payment_number import SlipType
from shared.kit.money import Yen

# nofu_hoho: only slips are payable at the centre (BOOKS §1.7).
BY_SLIP, BY_DIRECT_DEBIT, BY_PENSION = 1, 2, 3
# nendo_kubun: 現年度, 過年度, 滞納繰越 (BOOKS §1.8).
CURRENT_YEAR, PAST_YEAR, CARRIED_OVER = 1, 2, 3
# Premiums of 賦課年度 2026 are the first with a part for children (子ども, BOOKS §1.8).
CHILD_PART_SINCE = 2026
# A state number has 12 digits and nothing else; an opaque id is never of that form.
STATE_NUMBER_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Assessment:
    """One instalment as assessed now. Days are Tokyo days; yen are whole and unsigned.

    `limit_date` (取扱期限) may be missing only where no slip is printed.
    """

    record_no: int
    proc: Proc
    fiscal_year: int
    assessed_year: int
    levy_year: int
    notice_number: str
    history_number: int
    instalment: int
    account_code: str
    collection_method: int
    payment_method: int
    year_class: int
    assessment_id: str
    correction_count: int
    reason_code: str
    assessed_on: date
    amount_yen: Yen
    medical_yen: Yen
    support_yen: Yen
    care_yen: Yen
    child_yen: Yen
    late_charge_yen: Yen
    fee_yen: Yen
    due_date: date
    limit_date: date | None
    slip_type: SlipType
    issue: int
    liable_person_id: str
    payer_name_kana: str
    name: str
    postal_code: str
    address_1: str
    address_2: str


def _year_column(name: str, attribute: str) -> Column:
    return padded_column(name, attribute, 4)


def _faults(row: Assessment, row_no: int) -> Iterator[Fault]:
    if row.record_no != row_no:
        yield TABLE.fault("record_no", "record_out_of_sequence", row.record_no)
    # Plain ints: a Yen checks each sum on the way, and this is asked of every row.
    parts = (row.medical_yen, row.support_yen, row.care_yen, row.child_yen)
    if row.amount_yen != sum(map(int, parts)):
        yield TABLE.fault("amount_yen", "parts_do_not_add_up", row.amount_yen)
    if row.child_yen != 0 and row.levy_year < CHILD_PART_SINCE:
        yield TABLE.fault("child_yen", "child_part_before_2026", row.child_yen)
    yield from _year_faults(row)
    if row.limit_date is None and row.payment_method == BY_SLIP:
        yield TABLE.fault("limit_date", "slip_without_limit_date", "")
    if row.limit_date is not None and row.limit_date < row.due_date:
        yield TABLE.fault("limit_date", "limit_before_due", row.limit_date)
    if len(row.liable_person_id) == STATE_NUMBER_DIGITS and row.liable_person_id.isdigit():
        yield TABLE.fault("liable_person_id", "looks_like_a_state_number", "")


def _year_faults(row: Assessment) -> Iterator[Fault]:
    """Yield what contradicts the year class, as far as the years alone decide it.

    現年度 is what was levied for the fiscal year in whose books it stands; 過年度 (levied late)
    and 滞納繰越 (carried over) are of an earlier levy. Which of the two, no year tells.
    """
    if row.levy_year > row.fiscal_year:
        yield TABLE.fault("levy_year", "levied_after_fiscal_year", row.levy_year)
    elif (row.year_class == CURRENT_YEAR) != (row.levy_year == row.fiscal_year):
        yield TABLE.fault("year_class", "year_class_contradicts_years", row.year_class)


_ID = "[0-9A-Za-z_-]{1,40}"
_FREE = f"{TEXT}{{0,120}}"
TABLE: CsvTable[Assessment] = CsvTable(
    Assessment,
    [
        number_column("record_no", "record_no", 6),
        choice_column("proc", "proc", {str(proc.value): proc for proc in Proc}),
        _year_column("kaikei_nendo", "fiscal_year"),
        _year_column("choutei_nendo", "assessed_year"),
        _year_column("fuka_nendo", "levy_year"),
        text_column("tsuchisho_no", "notice_number", "[0-9]{9}", "malformed_notice_number"),
        number_column("rireki_no", "history_number", 4),
        padded_column("ki", "instalment", 2),
        text_column("kamoku", "account_code", "[0-9]{4}", "not_digits"),
        choice_column("choshu_hoho", "collection_method", {"1": 1, "2": 2}),
        choice_column(
            "nofu_hoho",
            "payment_method",
            {"1": BY_SLIP, "2": BY_DIRECT_DEBIT, "3": BY_PENSION},
        ),
        choice_column(
            "nendo_kubun",
            "year_class",
            {"1": CURRENT_YEAR, "2": PAST_YEAR, "3": CARRIED_OVER},
        ),
        text_column("choutei_id", "assessment_id", _ID, "malformed_id"),
        number_column("kosei_kaisu", "correction_count", 3),
        text_column("jiyu_code", "reason_code", "[0-9A-Z]{0,8}", "malformed_code"),
        day_column("choutei_bi", "assessed_on"),
        yen_column("choutei_gaku", "amount_yen"),
        yen_column("iryo_yen", "medical_yen"),
        yen_column("shien_yen", "support_yen"),
        yen_column("kaigo_yen", "care_yen"),
        yen_column("kodomo_yen", "child_yen"),
        yen_column("entaikin", "late_charge_yen"),
        yen_column("tokusoku_ryo", "fee_yen"),
        day_column("nokigen", "due_date"),
        day_column("toriatsukai_kigen", "limit_date", optional=True),
        choice_column("slip_type", "slip_type", {str(slip.value): slip for slip in SlipType}),
        padded_column("issue_no", "issue", 2),
        text_column("liable_person_id", "liable_person_id", _ID, "malformed_id"),
        text_column(
            "kana", "payer_name_kana", f"{CHARACTER_PATTERN}{{0,48}}", "outside_character_set"
        ),
        text_column("name", "name", _FREE, "malformed_text"),
        text_column("postal", "postal_code", "(?:[0-9]{7})?", "malformed_postal_code"),
        text_column("addr1", "address_1", _FREE, "malformed_text"),
        text_column("addr2", "address_2", _FREE, "malformed_text"),
    ],
    rules=_faults,
    amount=lambda row: row.amount_yen,
)


def read_choutei(
    source: Source, expected: FileTotals | None = None
) -> Iterator[Assessment | FileProblem]:
    """Stream assessments and problems; `expected` are the totals that travelled beside the file."""
    return TABLE.read(source, expected)


def load_choutei(
    source: Source, expected: FileTotals | None = None
) -> LoadedFile[list[str], Assessment]:
    """Read a whole file: column names, assessments, all problems."""
    return load_rows(TABLE.names, read_choutei(source, expected))


def write_choutei(rows: Iterable[Assessment]) -> bytes:
    """Write a whole file; FileProblemError for a row that cannot be written exactly."""
    return b"".join(TABLE.stream(rows))


def choutei_totals(data: bytes, rows: Iterable[Assessment]) -> FileTotals:
    """Return count, sum of choutei_gaku and SHA-256, to travel beside the file."""
    return TABLE.totals(data, rows)
