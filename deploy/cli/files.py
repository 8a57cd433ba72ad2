"""`mesh files`: check, show and compare the files of the trade; asks nobody, no mesh need be up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.console import ERRORS, OUT, say_json, say_lines, yen
from deploy.cli.opened_files import (
    FileArgument,
    FormatOption,
    KeyFileOption,
    OpenedFile,
    ReceivedOption,
    opened,
)
from deploy.cli.options import HomeOption, JsonOption, home_of
from deploy.cli.problem_table import ProblemList

if TYPE_CHECKING:
    from shared.files.framing import Source

ProblemLimit = Annotated[int, typer.Option("--limit", min=0, help="How many problems are shown.")]
RecordLimit = Annotated[
    int, typer.Option("--limit", min=0, help="How many records are shown; 0: all.")
]
FieldsOption = Annotated[
    list[str] | None, typer.Option("--field", help="Show only this field; may be repeated.")
]
NO_FIELDS: tuple[str, ...] = ()


@dataclass
class Report:
    """What a check found."""

    problems: ProblemList
    records: int = 0
    total_yen: int = 0
    size_bytes: int = 0
    sha256: Any = field(default_factory=hashlib.sha256)

    def hashed(self, source: Source) -> Iterator[bytes]:
        """Let a source's bytes through, counted and hashed."""
        from shared.files.framing import blocks_of

        for block in blocks_of(source):
            self.size_bytes += len(block)
            self.sha256.update(block)
            yield block


def check(
    file: FileArgument,
    *,
    file_format: FormatOption = None,
    key_file: KeyFileOption = None,
    received_on: ReceivedOption = None,
    limit: ProblemLimit = 200,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a file: say what it is and everything that is wrong with it, in Japanese and English.

    The format is recognised from the first bytes. Exit code 1 if there is any problem. Without the
    key of a sealed file everything but its seals is checked, and that is said.

    Example: mesh files check choutei.csv
    """
    with ExitStack() as readings:
        given = opened(
            file,
            home_of(home),
            readings,
            named=file_format,
            key_file=key_file,
            received_on=received_on,
        )
        report = _checked(given, limit)
    if as_json:
        say_json(_as_document(given, report))
    else:
        _say(given, report)
    if report.problems.count:
        raise typer.Exit(1)


def _checked(given: OpenedFile, limit: int) -> Report:
    from shared.files.problems import FileProblem

    report = Report(ProblemList(limit))
    bytes_read = report.hashed(given.source("検査 check"))
    if given.seals_checked:
        items = given.known.items(bytes_read, given.reading)
    else:
        items = given.known.problems_but_seals(bytes_read)
    for item in items:
        if isinstance(item, FileProblem):
            report.problems.add(item)
        elif isinstance(item, given.known.record):
            report.records += 1
            report.total_yen += int(getattr(item, "amount_yen", 0))
    for (
        _
    ) in bytes_read:  # what stands behind a broken frame belongs to the file's hash all the same
        pass
    return report


def _as_document(given: OpenedFile, report: Report) -> dict[str, Any]:
    return {
        "file": str(given.path),
        "format": given.known.name,
        "format_japanese": given.known.japanese,
        "seals_checked": given.seals_checked,
        "records": report.records if given.seals_checked else None,
        "total_yen": report.total_yen if given.seals_checked else None,
        "size_bytes": report.size_bytes,
        "sha256": report.sha256.hexdigest(),
        "problem_count": report.problems.count,
        "refused": report.problems.structural,
        "problems": report.problems.as_list(),
    }


def _say(given: OpenedFile, report: Report) -> None:
    lines = [f"{given.path.name}: {given.known.japanese} ({given.known.name})"]
    if given.seals_checked:
        sound = f"{report.records:,}件 {yen(report.total_yen)}円"
        lines.append(f"{sound}  {report.records:,} sound records, {yen(report.total_yen)} yen")
    else:
        lines.append("鍵がないため、改ざん検知は検査していません。")
        lines.append("The seals were NOT checked: no key (--key-file). Everything else was.")
    lines.append(f"SHA-256 {report.sha256.hexdigest()}")
    for line in lines:
        OUT.print(line, highlight=False, markup=False, soft_wrap=True)
    count = report.problems.count
    if not count:
        OUT.print("問題はありません。 No problem was found.", highlight=False)
        return
    report.problems.show(OUT)
    if report.problems.structural:
        verdict = "の問題があり、ファイル全体を受け付けません。 The file is refused as a whole"
    else:
        verdict = "は担当者の確認が必要です。 The file is taken, a clerk must look at it"
    verdict = f"{count:,}件{verdict}: {count:,} problem{'s' if count > 1 else ''}."
    OUT.print(verdict, highlight=False, soft_wrap=True)


def show(
    file: FileArgument,
    *,
    fields: FieldsOption = None,
    file_format: FormatOption = None,
    key_file: KeyFileOption = None,
    received_on: ReceivedOption = None,
    limit: RecordLimit = 20,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the header and the sound records of a file as a table, or as JSON.

    Exit code 1 if the file has problems; `mesh files check` says which.

    Example: mesh files show receipts.dat --limit 5 --field paid_on --field amount_yen
    """
    from shared.files.problems import FileProblem

    headers: list[dict[str, Any]] = []
    records: list[dict[str, Any]] = []
    problems = more = 0
    with ExitStack() as readings:
        given = opened(
            file,
            home_of(home),
            readings,
            named=file_format,
            key_file=key_file,
            received_on=received_on,
        )
        _demand_fields(given, fields)
        for item in given.items():
            if isinstance(item, FileProblem):
                problems += 1
            elif not isinstance(item, given.known.record):
                headers.append(asdict(item))
            elif limit and len(records) >= limit:
                more += 1
            else:
                records.append(_chosen(item, fields))
    if as_json:
        say_json({"format": given.known.name, "headers": headers, "records": records, "more": more})
    else:
        _print_records(headers, records, more)
    if problems:
        ERRORS.print(f"{problems:,}件の問題があります。 {problems:,} problems: mesh files check")
        raise typer.Exit(1)


def _demand_fields(given: OpenedFile, fields: list[str] | None) -> None:
    """Stop at a field that the records do not have, before the file is read."""
    names = [*given.known.record.__dataclass_fields__, "amount_yen"]
    unknown = [name for name in fields or NO_FIELDS if name not in names]
    if unknown:
        message = f"no field {unknown[0]}; there are {', '.join(given.known.record.__match_args__)}"
        raise typer.BadParameter(message, param_hint="--field")


def _chosen(record: Any, fields: list[str] | None) -> dict[str, Any]:  # noqa: ANN401 - any record
    names = fields or list(record.__dataclass_fields__)
    return {name: getattr(record, name, None) for name in names}


def _print_records(headers: list[dict[str, Any]], records: list[dict[str, Any]], more: int) -> None:
    for header in headers:
        say_lines(list(header), [[_cell(value) for value in header.values()]])
        OUT.print()
    if records:
        say_lines(list(records[0]), [[_cell(v) for v in record.values()] for record in records])
    if more:
        OUT.print(f"ほかに{more:,}件 {more:,} more records (--limit 0 shows all)", highlight=False)


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else str(value)
