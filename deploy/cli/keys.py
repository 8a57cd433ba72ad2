"""`mesh keys`: read and build barcodes and payment numbers; asks nobody, so no mesh need be up."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.complaints import Complaint
from deploy.cli.console import OUT, say_json
from deploy.cli.options import HomeOption, JsonOption, home_of

if TYPE_CHECKING:
    from shared.keys.barcode import Barcode
    from shared.keys.payment_number import PaymentNumber

NO_LIMIT = "none"
NAME_WIDTH = 16
_BETWEEN_DIGITS = re.compile(r"[\s()\-]")

KeyArgument = Annotated[
    str,
    typer.Argument(metavar="KEY", help="18, 39 or 44 digits; spaces and hyphens do not matter."),
]
MakerOption = Annotated[str, typer.Option("--maker-code", help="企業コード, 6 digits.")]
FreeUseOption = Annotated[str, typer.Option("--free-use", help="自由使用欄, up to 21 digits.")]
ReissueOption = Annotated[int, typer.Option("--reissue", help="再発行区分, 0 to 9.")]
LimitOption = Annotated[
    str, typer.Option("--limit-date", metavar="YYYY-MM-DD", help="支払期限, or `none`.")
]
AmountOption = Annotated[int, typer.Option("--amount-yen", help="Up to 300,000 yen.")]
TypeOption = Annotated[
    int,
    typer.Option(
        "--type", help="種別: 1 instalment, 2 lump sum, 3 dunning, 4 reminder, 5 part payment."
    ),
]
YearOption = Annotated[int, typer.Option("--fiscal-year", help="調定年度, such as 2025.")]
InstalmentOption = Annotated[int, typer.Option("--instalment", help="期別, 1 to 99; 0: lump sum.")]
NoticeOption = Annotated[str, typer.Option("--notice", help="通知書番号, 9 digits.")]
IssueOption = Annotated[int, typer.Option("--issue", help="発行回数, 0 to 99.")]


def read(key: KeyArgument, home: HomeOption = None, *, as_json: JsonOption = False) -> None:
    """Say what a barcode (44 digits), a payment number (18) or an OCR line (39 or 44) says.

    44 digits are a barcode if they begin with 91 and its check digit is right, a lower OCR line if
    both of its check digits are right, and both are told where both hold. A wrong check digit is
    named, with the right one, and the exit code is 1.

    Example: mesh keys read 125011234567890024
    """
    home_of(home)
    from deploy.cli.key_readings import reading_of

    show(reading_of(digits_of(key)), as_json=as_json)


def barcode(
    *,
    maker_code: MakerOption,
    free_use: FreeUseOption,
    limit_date: LimitOption,
    amount_yen: AmountOption,
    reissue: ReissueOption = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build the 44 digits of a slip's barcode, check digit included.

    Example: mesh keys barcode --maker-code 912345 --free-use 000011250112345678900
    --reissue 0 --limit-date 2025-08-29 --amount-yen 12340
    """
    home_of(home)
    from shared.keys.barcode import barcode_of_free_use
    from shared.kit.money import Yen

    built = barcode_of_free_use(
        maker_code=maker_code,
        free_use=free_use,
        reissue=reissue,
        limit_date=_limit_date(limit_date),
        amount_yen=Yen(amount_yen),
    )
    show(barcode_fields(built), as_json=as_json)


def payment_number(
    *,
    slip_type: TypeOption,
    fiscal_year: YearOption,
    instalment: InstalmentOption,
    notice: NoticeOption,
    issue: IssueOption = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build the 18 digits of a Pay-easy payment number (納付番号), check digits included.

    Example: mesh keys payment-number --type 1 --fiscal-year 2025 --instalment 1
    --notice 123456789 --issue 0
    """
    home_of(home)
    from shared.keys.payment_number import MALFORMED, PaymentNumber, SlipType

    if slip_type not in {each.value for each in SlipType}:
        raise Complaint(MALFORMED, "the slip type is 1 to 5")
    built = PaymentNumber(SlipType(slip_type), fiscal_year, instalment, notice, issue)
    show(payment_number_fields(built), as_json=as_json)


def barcode_fields(of: Barcode) -> dict[str, Any]:
    """Return what a barcode says; its payment number too, if its biller field holds one."""
    from shared.keys.payment_number import from_biller_number
    from shared.keys.problems import KeyProblem

    try:
        number: str | None = from_biller_number(of.biller_number).digits
    except KeyProblem:
        number = None
    return {
        "kind": "barcode",
        "barcode": of.digits,
        "printed": list(of.human_readable()),
        "maker_code": of.maker_code,
        "free_use": of.free_use,
        "company_code": of.company_code,
        "biller_number": of.biller_number,
        "reissue": of.reissue,
        "limit_date": of.limit_date.isoformat() if of.limit_date else None,
        "stamp_flag": of.stamp_flag,
        "amount_yen": int(of.amount_yen),
        "check_digit": of.digits[-1],
        "payment_number": number,
    }


def payment_number_fields(of: PaymentNumber) -> dict[str, Any]:
    """Return what a payment number says."""
    return {
        "kind": "payment_number",
        "payment_number": of.digits,
        "printed": of.printed,
        "slip_type": of.slip_type.value,
        "slip_type_name": of.slip_type.name.lower(),
        "fiscal_year": of.fiscal_year,
        "instalment": of.instalment,
        "notice_number": of.notice_number,
        "issue": of.issue,
        "biller_number": of.biller_number,
        "check_digits": of.digits[-2:],
    }


def _limit_date(text: str) -> date | None:
    if text == NO_LIMIT:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = "a limit date is YYYY-MM-DD, or none"
        raise typer.BadParameter(message, param_hint="--limit-date") from error


def digits_of(key: str) -> str:
    """Return a key's digits without what stands between them in print; Complaint(not_digits)."""
    digits = _BETWEEN_DIGITS.sub("", key)
    if not (digits.isascii() and digits.isdigit()):
        raise Complaint("not_digits", "A key consists of the digits 0 to 9")
    return digits


def show(fields: dict[str, Any], *, as_json: bool) -> None:
    """Show what a key says, line by line or as JSON; several readings one after the other."""
    if as_json:
        say_json(fields)
        return
    for reading in fields.get("readings", [fields]):
        _show_lines(reading)


def _show_lines(fields: dict[str, Any]) -> None:
    width = max(NAME_WIDTH, *map(len, fields))
    for name, value in fields.items():
        shown = "  ".join(value) if isinstance(value, list) else value
        OUT.print(
            f"{name:<{width}} {'-' if shown is None else shown}", highlight=False, soft_wrap=True
        )
