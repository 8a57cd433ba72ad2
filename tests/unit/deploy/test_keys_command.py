"""`mesh keys`: what a barcode and a payment number say, and what is wrong with one."""

from __future__ import annotations

import pytest

from shared.keys.check_digits import modulus_10_weight_3, ocr_check_digits

BARCODE = "91912345000011250110000000100025082900279354"
PAYMENT_NUMBER = "125011234567890024"
OCR_UPPER = "700000000000000000033138213104034125101"
OCR_LOWER = "81100000181125011234567890024471100000000000"


def with_check_digit(body: str) -> str:
    return f"{body}{modulus_10_weight_3(body)}"


BUILD_BARCODE = (
    *("keys", "barcode", "--maker-code", "912345", "--reissue", "0"),
    *("--free-use", "000011250110000000100", "--limit-date", "2025-08-29"),
)
BUILD_PAYMENT_NUMBER = (
    *("keys", "payment-number", "--type", "1", "--fiscal-year", "2025"),
    *("--instalment", "1", "--notice", "123456789", "--issue", "0"),
)


def test_a_barcode_is_recognised_by_its_44_digits(mesh) -> None:
    read = mesh.json("keys", "read", BARCODE)
    assert (read["kind"], read["amount_yen"], read["limit_date"]) == (
        "barcode",
        27935,
        "2025-08-29",
    )
    assert (read["maker_code"], read["company_code"]) == ("912345", "00001")
    assert read["payment_number"] == "125011000000010025"


def test_a_payment_number_is_recognised_by_its_18_digits(mesh) -> None:
    read = mesh.json("keys", "read", PAYMENT_NUMBER)
    assert read["kind"] == "payment_number"
    assert (read["fiscal_year"], read["instalment"], read["notice_number"]) == (
        2025,
        1,
        "123456789",
    )
    assert read["slip_type_name"] == "instalment"


def test_a_key_may_be_typed_as_it_is_printed(mesh) -> None:
    assert mesh.json("keys", "read", "1250-1123-4567-8900-24")["payment_number"] == PAYMENT_NUMBER
    upper, lower = mesh.json("keys", "read", BARCODE)["printed"]
    assert mesh.json("keys", "read", f"{upper} {lower}")["barcode"] == BARCODE


def test_an_upper_ocr_line_is_recognised_by_its_39_digits(mesh) -> None:
    read = mesh.json("keys", "read", OCR_UPPER)
    assert (read["kind"], read["amount_yen"]) == ("ocr_upper", 33_138)


def test_44_digits_are_a_lower_ocr_line_where_its_check_digits_hold(mesh) -> None:
    read = mesh.json("keys", "read", OCR_LOWER)
    assert (read["kind"], read["payment_number"]) == ("ocr_lower", PAYMENT_NUMBER)


def test_44_digits_that_are_both_are_told_as_both(mesh) -> None:
    bodies = (f"{BARCODE[:37]}{amount:06d}" for amount in range(300_000))
    both = next(
        whole for whole in map(with_check_digit, bodies) if ocr_check_digits(whole[2:]) == "91"
    )
    read = mesh.json("keys", "read", both)
    assert read["kind"] == "ambiguous"
    assert [each["kind"] for each in read["readings"]] == ["barcode", "ocr_lower"]
    shown = mesh.run("keys", "read", both).stdout
    assert f"barcode          {both}" in shown
    assert f"ocr_lower              {both}" in shown


@pytest.mark.parametrize(
    ("key", "detail"),
    [
        (
            f"{BARCODE[:-1]}9",
            (
                "as a barcode: the check digit is 9; the right one is 4;"
                " as a lower OCR line: the check digits are 91; the right ones are 43"
            ),
        ),
        (f"{PAYMENT_NUMBER[:-2]}42", "the check digits are 42; the right ones are 24"),
    ],
)
def test_a_wrong_check_digit_is_named_with_the_right_one(mesh, key, detail) -> None:
    result = mesh.run("keys", "read", key, "--json")
    assert result.exit_code == 1
    error = mesh.json("keys", "read", key)["error"]
    assert error == {"code": "wrong_check_digit", "detail": detail}
    assert detail in mesh.run("keys", "read", key).stderr


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("12345", "unknown_key"),
        ("", "not_digits"),
        ("１２５０１１２３４５６７８９００２４", "not_digits"),
        ("125011234567x90024", "not_digits"),
        (f"92{BARCODE[2:]}", "wrong_check_digit"),
        (with_check_digit(f"{BARCODE[:37]}300001"), "amount_over_cap"),
        ("925011234567890095", "wrong_check_digit"),
    ],
)
def test_what_is_no_key_is_refused_with_a_code(mesh, key, code) -> None:
    assert mesh.json("keys", "read", key)["error"]["code"] == code
    assert mesh.run("keys", "read", key).exit_code == 1


def test_a_barcode_is_built_with_its_check_digit(mesh) -> None:
    assert mesh.json(*BUILD_BARCODE, "--amount-yen", "27935")["barcode"] == BARCODE


def test_a_slip_over_the_cap_gets_no_barcode(mesh) -> None:
    assert mesh.json(*BUILD_BARCODE, "--amount-yen", "300000")["amount_yen"] == 300_000
    over = mesh.json(*BUILD_BARCODE, "--amount-yen", "300001")
    assert over["error"]["code"] == "amount_over_cap"


def test_a_limit_date_may_be_none_and_must_be_a_day(mesh) -> None:
    assert mesh.json(*BUILD_BARCODE[:-1], "none", "--amount-yen", "1")["limit_date"] is None
    result = mesh.run(*BUILD_BARCODE[:-1], "2025-02-30", "--amount-yen", "1")
    assert result.exit_code == 2
    assert "YYYY-MM-DD" in result.stderr


def test_a_payment_number_is_built_with_its_check_digits(mesh) -> None:
    built = mesh.json(*BUILD_PAYMENT_NUMBER)
    assert (built["payment_number"], built["printed"]) == (PAYMENT_NUMBER, "1250-1123-4567-8900-24")


@pytest.mark.parametrize(
    ("option", "value"), [("--type", "6"), ("--instalment", "0"), ("--notice", "12345678")]
)
def test_a_payment_number_that_cannot_be_is_refused(mesh, option, value) -> None:
    arguments = list(BUILD_PAYMENT_NUMBER)
    arguments[arguments.index(option) + 1] = value
    result = mesh.run(*arguments, "--json")
    assert result.exit_code == 1
    assert "malformed_payment_number" in result.stdout


def test_for_people_a_key_is_shown_line_by_line(mesh) -> None:
    shown = mesh.run("keys", "read", PAYMENT_NUMBER)
    assert shown.exit_code == 0
    assert "notice_number    123456789" in shown.stdout
