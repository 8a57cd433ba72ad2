"""`mesh files convert`: the layout conversion system at a clerk's hand. It keeps no data items.

Streams from file to file; what is converted stands in the file that --out names, and nowhere else.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from deploy.cli.complaints import Complaint
from deploy.cli.console import ERRORS, say_json
from deploy.cli.contract_file import ContractOption, Terms, terms_of
from deploy.cli.opened_files import (
    FileArgument,
    FormatOption,
    KeyFileOption,
    OpenedFile,
    demand_plain,
    opened,
    read_with_bar,
    write_new,
)
from deploy.cli.options import HomeOption, JsonOption, home_of
from deploy.cli.problem_table import ProblemList

if TYPE_CHECKING:
    from deploy.home import Home
    from services.ward_gateway.usecases.check_then_write import Converted

ToOption = Annotated[
    str, typer.Option("--to", help="billing, shuno, or mobile_regi_receipts (passes unchanged).")
]
BesideOption = Annotated[
    Path | None, typer.Option("--beside", help="choutei.csv: what is assessed now.")
]
PaidOption = Annotated[
    Path | None, typer.Option("--paid", help="shuno.csv: what was paid (changes only).")
]
AlsoOption = Annotated[
    list[Path] | None,
    typer.Option("--also", help="A later upload after FILE, oldest first (changes only)."),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="A new file (mode 600); without it, stdout.")
]
SequenceOption = Annotated[
    int | None,
    typer.Option("--sequence", min=1, max=999_999, help="ファイル通番 of a billing file."),
]
EffectiveOption = Annotated[
    str | None,
    typer.Option("--effective-from", metavar="YYYY-MM-DD", help="有効開始日 of a billing file."),
]
MadeOption = Annotated[
    str | None,
    typer.Option("--made-at", metavar="YYYY-MM-DDTHH:MM", help="Tokyo time; default: now."),
]
NamesOption = Annotated[
    bool, typer.Option("--names/--no-names", help="Whether payers' kana go to the centre.")
]
AbsentOption = Annotated[
    bool,
    typer.Option("--absent-is-cancelled", help="Delete keys whose claim is not in --beside."),
]
RemainderOption = Annotated[
    str, typer.Option("--remainder-to", help="medical, support, care or child.")
]
REMAINDER = "medical"
OF_A_BILLING_FILE = ("--contract", "--sequence", "--effective-from", "--made-at", "--no-names")
ProblemLimit = Annotated[int, typer.Option("--limit", min=0, help="How many problems are shown.")]


@dataclass(frozen=True)
class Order:
    """What was asked for."""

    given: OpenedFile
    home: Home
    readings: ExitStack
    terms: Terms
    beside: Path | None
    paid: Path | None
    also: tuple[Path, ...]
    absent_is_cancelled: bool
    remainder_to: str

    def open(self, path: Path, title: str) -> BinaryIO:
        """Open a file for one reading."""
        return read_with_bar(path, title, self.readings)


def convert(
    file: FileArgument,
    *,
    to: ToOption,
    beside: BesideOption = None,
    paid: PaidOption = None,
    also: AlsoOption = None,
    out: OutOption = None,
    sequence: SequenceOption = None,
    effective_from: EffectiveOption = None,
    made_at: MadeOption = None,
    names: NamesOption = True,
    absent_is_cancelled: AbsentOption = False,
    remainder_to: RemainderOption = REMAINDER,
    contract: ContractOption = None,
    file_format: FormatOption = None,
    key_file: KeyFileOption = None,
    limit: ProblemLimit = 200,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Convert a file: problems to stderr, the converted file to --out or stdout.

    choutei.csv to billing: the centre's upload. centre_receipts to shuno, with --beside
    choutei.csv: the standard system's import. billing to billing, with --beside choutei.csv: change
    and delete records for what was uploaded. mobile_regi_receipts of app banking pass unchanged.

    FILE is read twice: checked, then converted. A structural problem: nothing is written, exit
    code 1. Nothing to change: nothing is written.

    Example: mesh files convert receipts.dat --to shuno --beside choutei.csv --out shuno.csv

    Example: mesh files convert choutei.csv --to billing --sequence 12 --effective-from 2025-06-04
    --out billing.dat
    """
    from shared.files.problems import FileRefused

    if as_json and out is None:
        raise typer.BadParameter("--json needs --out: stdout is the document", param_hint="--out")
    chosen = home_of(home)
    for read_twice in (file, beside):
        if read_twice is not None:
            demand_plain(read_twice)
    with ExitStack() as readings:
        given = opened(file, chosen, readings, named=file_format, key_file=key_file)
        terms = Terms(contract, chosen, key_file, sequence, effective_from, made_at, names)
        order = Order(
            given,
            chosen,
            readings,
            terms,
            beside,
            paid,
            tuple(also or ()),
            absent_is_cancelled,
            remainder_to,
        )
        problems = ProblemList(limit)
        try:
            written = _write(_converted(order, to), out, problems)
        except FileRefused as refusal:
            written = NOTHING
            problems.add_all(refusal.problems)
    _answer(problems, written, out, as_json=as_json)


def _converted(order: Order, to: str) -> Converted:
    way = WAYS.get((order.given.known.name, to))
    if way is None:
        ways = ", ".join(f"{source} to {target}" for source, target in WAYS)
        name = order.given.known.name
        detail = (
            f"{name} から {to} への変換はありません。 {name} is not converted to {to};"
            f" there is {ways}"
        )
        raise Complaint("no_such_conversion", detail)
    for option in _given(order):
        if option not in USES.get(way, ()):
            name = order.given.known.name
            message = f"{name} から {to} への変換では使いません。 {name} to {to} makes no use of it"
            raise typer.BadParameter(message, param_hint=option)
    return way(order)


def _given(order: Order) -> list[str]:
    """Return which options were given that only some conversions use."""
    terms = order.terms
    values = {
        "--beside": order.beside,
        "--paid": order.paid,
        "--also": order.also,
        "--absent-is-cancelled": order.absent_is_cancelled,
        "--remainder-to": order.remainder_to != REMAINDER,
        "--contract": terms.contract,
        "--sequence": terms.sequence is not None,
        "--effective-from": terms.effective_from,
        "--made-at": terms.made_at,
        "--no-names": not terms.with_names,
    }
    return [option for option, value in values.items() if value]


def _to_billing(order: Order) -> Converted:
    from services.ward_gateway.usecases.convert_assessments import convert_assessments

    made = terms_of(order.terms)
    source = partial(order.given.source, "調定 assessments")
    return convert_assessments(source, terms=made.terms, confirm=made.confirm, write=made.write)


def _to_shuno(order: Order) -> Converted:
    from services.ward_gateway.usecases.convert_receipts import Part, by_claim, convert_receipts
    from services.ward_gateway.usecases.index_breakdowns import index_breakdowns
    from shared.files.centre_receipts import read_centre_receipts
    from shared.files.choutei import read_choutei

    if order.remainder_to not in set(Part):
        message = f"a remainder goes to {', '.join(Part)}"
        raise typer.BadParameter(message, param_hint="--remainder-to")
    key = order.given.demand_key()
    claim_of = None
    if order.beside is not None:
        with _refusing(order.beside):
            opened_beside = order.open(order.beside, "調定 assessments")
            claim_of = by_claim(index_breakdowns(read_choutei(opened_beside)))
    return convert_receipts(
        partial(order.given.source, "収納 receipts"),
        read=partial(read_centre_receipts, key=key),
        claim_of=claim_of,
        remainder_to=Part(order.remainder_to),
    )


def _to_changes(order: Order) -> Converted:
    from services.ward_gateway.usecases.convert_changes import convert_changes, standings_of_rows
    from services.ward_gateway.usecases.find_changes import Upload
    from services.ward_gateway.usecases.index_paid_claims import NOTHING_PAID, index_paid_claims
    from shared.files.billing import read_billing
    from shared.files.shuno import read_shuno

    if order.beside is None:
        raise Complaint("beside_needed", "--beside choutei.csv says what is assessed now")
    key = order.given.demand_key()
    made = terms_of(order.terms)
    paid = NOTHING_PAID
    if order.paid is not None:
        with _refusing(order.paid):
            paid = index_paid_claims(read_shuno(order.open(order.paid, "収納 receipts")))
    uploads = (
        Upload(str(path), read_billing(order.open(path, "請求 uploads"), key))
        for path in (order.given.path, *order.also)
    )
    opens = partial(order.open, order.beside, "調定 assessments")
    return convert_changes(
        uploads,
        partial(standings_of_rows, opens, paid),
        terms=made.terms,
        write=made.write,
        absent_is_cancelled=order.absent_is_cancelled,
        assessed_name=str(order.beside),
    )


def _pass(order: Order) -> Converted:
    from services.ward_gateway.usecases.pass_through import pass_through

    return pass_through(partial(order.given.source, "収納 receipts"))


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Say which of several inputs is the one that is refused."""
    from shared.files.problems import FileRefused, InputProblem

    try:
        yield
    except FileRefused as refusal:
        named = [InputProblem.of(problem, str(path)) for problem in refusal.problems]
        raise FileRefused(named) from refusal


WAYS: dict[tuple[str, str], Callable[[Order], Converted]] = {
    ("choutei", "billing"): _to_billing,
    ("centre_receipts", "shuno"): _to_shuno,
    ("billing", "billing"): _to_changes,
    ("mobile_regi_receipts", "mobile_regi_receipts"): _pass,
}
USES: dict[Callable[[Order], Converted], tuple[str, ...]] = {
    _to_billing: OF_A_BILLING_FILE,
    _to_shuno: ("--beside", "--remainder-to"),
    _to_changes: ("--beside", "--paid", "--also", "--absent-is-cancelled", *OF_A_BILLING_FILE),
}
"""Which of the options that not every conversion uses: any other is wrong usage, not left aside."""


@dataclass
class Written:
    """What was written: how much, and its SHA-256."""

    size_bytes: int
    sha256: str


NOTHING = Written(0, "")


def _write(converted: Converted, out: Path | None, problems: ProblemList) -> Written:
    """Write the bytes that come, into a file made with the first of them; keep the problems.

    A file that could not be finished is removed: half a CSV looks like a whole one.
    """
    from shared.files.problems import FileProblem

    size, digest = 0, hashlib.sha256()
    target: BinaryIO | None = None
    try:
        for item in converted:
            if isinstance(item, FileProblem):
                problems.add(item)
                continue
            target = target or (sys.stdout.buffer if out is None else write_new(out))
            target.write(item)
            size += len(item)
            digest.update(item)
    except BaseException:
        if target is not None and out is not None:
            target.close()
            out.unlink()
        raise
    if target is not None:
        target.flush()
        if out is not None:
            target.close()
    return Written(size, digest.hexdigest())


def _answer(problems: ProblemList, written: Written, out: Path | None, *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "out": str(out) if written.size_bytes else None,
                "size_bytes": written.size_bytes,
                "sha256": written.sha256 if written.size_bytes else None,
                "problem_count": problems.count,
                "refused": problems.structural,
                "problems": problems.as_list(),
            }
        )
    else:
        _say(problems, written, out)
    if problems.structural:
        raise typer.Exit(1)


def _say(problems: ProblemList, written: Written, out: Path | None) -> None:
    if problems.count:
        problems.show(ERRORS)
    if problems.structural:
        line = (
            "問題があるため、何も書き出しませんでした。 Nothing was written: the input is refused."
        )
    elif not written.size_bytes:
        line = "書き出すものはありません。 There is nothing to write."
    else:
        where = "stdout" if out is None else str(out)
        line = f"{where}: {written.size_bytes:,} bytes, SHA-256 {written.sha256}"
    ERRORS.print(line, highlight=False, markup=False, soft_wrap=True)
