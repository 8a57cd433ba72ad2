"""Puts the commands together, and answers every expected error in one shape.

One clear line on stderr, or with --json a document on stdout; exit code 1, and 2 for wrong usage.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer._click.exceptions import ClickException
from typer.core import TyperGroup

from deploy.cli import (
    bank,
    centre,
    clock,
    demo,
    differences,
    explain,
    files,
    files_convert,
    files_diff,
    keys,
    lifecycle,
    mailing,
    ocr_keys,
    openapi,
    pay,
    standard_system,
    undo,
    uploads,
    ward,
)
from deploy.cli.complaints import Answer, answer_to
from deploy.cli.console import ERRORS, say_json

PROGRAM = "mesh"
FAILED = 1
USAGE = "usage"


class Commands(TyperGroup):
    """The group of all commands, with one place where errors end."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,  # noqa: ANN401 - typer's own signature
    ) -> Any:  # noqa: ANN401 - typer's own signature
        """Run a command; every error that a user can cause is answered here."""
        given = _behind_the_command(list(sys.argv[1:] if args is None else args))
        as_json = "--json" in given
        try:
            # With --json wrong usage must come here as an error, not as a box on stderr.
            code = super().main(
                given, prog_name or PROGRAM, complete_var, standalone_mode=not as_json, **extra
            )
        except ClickException as error:
            _say(Answer(USAGE, error.format_message()), as_json=as_json)
            sys.exit(error.exit_code)
        except Exception as error:
            answer = answer_to(error)
            if answer is None:
                raise
            _say(answer, as_json=as_json)
            sys.exit(FAILED)
        sys.exit(code if isinstance(code, int) else 0)


def _behind_the_command(given: list[str]) -> list[str]:
    """Put --home and --json, which every command has, behind it: they may be given before it."""
    before = 0
    while before < len(given):
        if given[before] == "--json" or given[before].startswith("--home="):
            before += 1
        elif given[before] == "--home":
            before += 2
        else:
            break
    return given if before >= len(given) else [*given[before:], *given[:before]]


def _say(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        say_json(answer.as_dict())
    else:
        ERRORS.print(answer.line, highlight=False, markup=False, soft_wrap=True)


app = typer.Typer(
    name=PROGRAM,
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="One ward's premiums from slip to reconciled yen: four organisations, eleven doors.",
    epilog="First: mesh demo. Then: mesh up, mesh ward, mesh slips, mesh pay, mesh clock advance.",
)
app.command()(demo.demo)
app.command()(lifecycle.up)
app.command()(lifecycle.down)
app.command()(lifecycle.status)
app.command()(lifecycle.reset)
app.command()(ward.ward)
app.command()(ward.slips)
app.command()(pay.pay)
app.command()(bank.bank)

_keys = typer.Typer(
    no_args_is_help=True, help="Read and build barcodes, payment numbers, OCR lines."
)
_keys.command("read")(keys.read)
_keys.command("barcode")(keys.barcode)
_keys.command("payment-number")(keys.payment_number)
_ocr = typer.Typer(no_args_is_help=True, help="Build and read the OCR lines of a slip.")
_ocr.command("upper")(ocr_keys.upper)
_ocr.command("lower")(ocr_keys.lower)
_ocr.command("read")(ocr_keys.read)
_keys.add_typer(_ocr, name="ocr")
app.add_typer(_keys, name="keys")

_files = typer.Typer(no_args_is_help=True, help="Check, show, convert and compare files.")
_files.command("check")(files.check)
_files.command("show")(files.show)
_files.command("convert")(files_convert.convert)
_files.command("diff")(files_diff.diff)
app.add_typer(_files, name="files")

_clock = typer.Typer(no_args_is_help=True, help="Show, set or advance everybody's business time.")
_clock.command("show")(clock.show)
_clock.command("set")(clock.set_clock)
_clock.command("advance")(clock.advance)
app.add_typer(_clock, name="clock")

app.command()(undo.undo)

_differences = typer.Typer(
    no_args_is_help=True, help="Where provider and card agent do not agree, and what is done."
)
_differences.command("list")(differences.list_differences)
_differences.command("resolve")(differences.resolve)
app.add_typer(_differences, name="differences")

app.command()(explain.explain)
app.command()(openapi.openapi)

_centre = typer.Typer(no_args_is_help=True, help="Locks, outages and open cases of the centre.")
_centre.command("unlock")(centre.unlock)
_centre.command("outage")(centre.outage)
_centre.command("down")(centre.down)
_centre.command("up")(centre.up)
_centre.command("exceptions")(centre.exceptions)
app.add_typer(_centre, name="centre")
app.command()(mailing.mailing_gate)
app.command()(mailing.dead_keys)

_uploads = typer.Typer()
_uploads.callback(invoke_without_command=True)(uploads.uploads)
_uploads.command("prepare")(uploads.prepare)
_uploads.command("release")(uploads.release)
_uploads.command("withdraw")(uploads.withdraw)
app.add_typer(_uploads, name="uploads")
_standard_system = typer.Typer(
    no_args_is_help=True, help="What goes on to the standard system 標準システム: fetched, erased."
)
_standard_system.command("list")(standard_system.list_files)
_standard_system.command("fetch")(standard_system.fetch)
_standard_system.command("acknowledge")(standard_system.acknowledge)
app.add_typer(_standard_system, name="standard-system")
