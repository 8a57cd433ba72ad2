"""A file that a command was given: opened, recognised, its key found, read with a progress bar.

Knows paths and homes; what stands in a file is known by shared/files.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, cast

import typer

from deploy.cli.complaints import Complaint
from deploy.cli.console import ERRORS

if TYPE_CHECKING:
    from deploy.home import Home
    from shared.files.formats import KnownFormat, Reading

# A bar is drawn for files that take more than an instant.
LONG_FILE_BYTES = 4 << 20
SEAL_KEY_FILE = "tamper.key"
_A_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Typer gives the path; that it can be read is said by `opened`, in the shape of every complaint.
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The file.")]
FormatOption = Annotated[
    str | None,
    typer.Option("--format", help="Read FILE as this format, instead of recognising it."),
]
KeyFileOption = Annotated[
    Path | None,
    typer.Option("--key-file", help="The key of the seals (改ざん検知), hex; else the home's."),
]
ReceivedOption = Annotated[
    str | None,
    typer.Option(
        "--received-on",
        metavar="YYYY-MM-DD",
        help="When a bank file came: its era dates are read around that day. Default: today.",
    ),
]


@dataclass(frozen=True)
class OpenedFile:
    """A file whose format is known, and what is known besides to read it."""

    path: Path
    known: KnownFormat
    reading: Reading
    readings: ExitStack

    def source(self, title: str = "reading") -> BinaryIO:
        """Open the file for one reading; all readings end with the command."""
        return read_with_bar(self.path, title, self.readings)

    @property
    def seals_checked(self) -> bool:
        """Whether the seals can be checked, or there are none."""
        from shared.files.formats import Need

        return self.known.need is not Need.SEAL_KEY or self.reading.seal_key is not None

    def items(self) -> Iterator[Any]:
        """Stream headers, records and problems; Complaint(key_needed) for seals without a key."""
        self.demand_key()
        return self.known.items(self.source(), self.reading)

    def demand_key(self) -> bytes:
        """Return the seals' key (nothing, where there are none); Complaint(key_needed) without."""
        if not self.seals_checked:
            detail = (
                f"{self.path.name} の改ざん検知には鍵が必要です（--key-file）。"
                f" {self.path.name} is sealed: --key-file names its key. Without it"
                " `mesh files check` checks everything but the seals"
            )
            raise Complaint("key_needed", detail)
        return self.reading.seal_key or b""


def opened(
    path: Path,
    home: Home,
    readings: ExitStack,
    *,
    named: str | None = None,
    key_file: Path | None = None,
    received_on: str | None = None,
) -> OpenedFile:
    """Recognise a file.

    Complaint: file_not_read, not_a_plain_file, format_unknown, format_not_recognised, file_empty.
    """
    from shared.files.formats import FIRST_BYTES, FORMATS, Reading, format_named, recognise

    names = ", ".join(known.name for known in FORMATS)
    if named is not None:
        known = format_named(named)
        if known is None:
            raise Complaint("format_unknown", f"There is no format {named}; there are {names}")
    else:
        demand_plain(path)
        first_bytes = _first_bytes(path, FIRST_BYTES)
        known = recognise(first_bytes)
        if not first_bytes:
            detail = f"{path.name} は空のファイルです（0バイト）。 {path.name} is empty (0 bytes)"
            raise Complaint("file_empty", detail)
        if known is None:
            detail = (
                f"{path.name} の形式が分かりません。--format で指定してください。"
                f" {path.name} begins like no known file: name one with --format ({names})"
            )
            raise Complaint("format_not_recognised", detail)
    reading = Reading(seal_key(key_file, home), _day(received_on))
    return OpenedFile(path, known, reading, readings)


def demand_plain(path: Path) -> None:
    """Complaint(not_a_plain_file) for a pipe or device: what was read of it is gone."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise _not_read(path, error) from error
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        detail = (
            f"{path} は二度読めません。ファイルに保存してから指定してください。"
            f" {path} cannot be read twice, as a file can: save it to a file first"
        )
        raise Complaint("not_a_plain_file", detail)


def _first_bytes(path: Path, count: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as error:
        raise _not_read(path, error) from error


def read_with_bar(path: Path, title: str, readings: ExitStack) -> BinaryIO:
    """Open a file for reading, with a progress bar if it is long and a person looks on."""
    import rich.progress

    try:
        if path.stat().st_size < LONG_FILE_BYTES or not ERRORS.is_terminal:
            return readings.enter_context(path.open("rb"))
        bar = rich.progress.open(path, "rb", description=title, console=ERRORS, transient=True)
        return readings.enter_context(bar)
    except OSError as error:
        raise _not_read(path, error) from error


def seal_key(key_file: Path | None, home: Home) -> bytes | None:
    """Return the key that was named, else the home's, else None; Complaint(key_unreadable)."""
    from shared.files.seals import demand_key

    path = key_file or home.secret(SEAL_KEY_FILE)
    if key_file is None and not path.exists():
        return None
    try:
        return demand_key(bytes.fromhex(path.read_text("utf-8").strip()))
    except (OSError, ValueError) as error:
        # Neither the file's text nor the error's goes on: both may hold the key.
        detail = f"{path} does not hold the key of a seal: at least 16 bytes as hex digits"
        raise Complaint("key_unreadable", detail) from error


def write_new(path: Path) -> BinaryIO:
    """Open a new file of mode 600 for writing; Complaint(out_exists): nothing is overwritten."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Complaint("out_exists", f"{path} exists already; it is not overwritten") from error
    except OSError as error:
        detail = f"{path} cannot be written: {error.strerror}"
        raise Complaint("out_not_written", detail) from error
    return cast("BinaryIO", os.fdopen(descriptor, "wb"))


def day_of(text: str, option: str) -> date:
    """Read YYYY-MM-DD; wrong usage otherwise, the other spellings of ISO 8601 too."""
    try:
        if not _A_DAY.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        message = "a day is YYYY-MM-DD"
        raise typer.BadParameter(message, param_hint=option) from error


def _day(text: str | None) -> date:
    from shared.kit.clock import machine_now, tokyo_date

    return tokyo_date(machine_now()) if text is None else day_of(text, "--received-on")


def _not_read(path: Path, error: OSError) -> Complaint:
    detail = f"{path} を読めません。 {path} cannot be read: {error.strerror}"
    return Complaint("file_not_read", detail)
