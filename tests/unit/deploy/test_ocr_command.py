"""`mesh keys ocr`: the two OCR lines of a slip are built and read, and their faults are told."""

from __future__ import annotations

import pytest

UPPER = "700000000000000000033138213104034125101"
LOWER = "81100000181125011234567890024471100000000000"
BUILD_UPPER = (
    *("keys", "ocr", "upper", "--amount-yen", "33138", "--institution", "13104"),
    *("--category", "341", "--free", "25101"),
)
BUILD_LOWER = (
    *("keys", "ocr", "lower", "--budget-class", "1", "--account-code", "000001"),
    *("--payment-number", "125011234567890024", "--confirmation-number", "4711"),
)


def _with(arguments: tuple[str, ...], **options: str) -> list[str]:
    changed = list(arguments)
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if option in changed:
            changed[changed.index(option) + 1] = value
        else:
            changed += [option, value]
    return changed


def test_the_vectors_of_the_handbook_are_built(mesh) -> None:
    assert mesh.json(*BUILD_UPPER)["ocr_upper"] == UPPER
    assert mesh.json(*BUILD_LOWER)["ocr_lower"] == LOWER


def test_what_was_built_is_read(mesh) -> None:
    assert mesh.json("keys", "ocr", "read", UPPER) == mesh.json(*BUILD_UPPER)
    assert mesh.json("keys", "ocr", "read", LOWER) == mesh.json(*BUILD_LOWER)


def test_a_payment_number_may_be_typed_as_it_is_printed(mesh) -> None:
    printed = _with(BUILD_LOWER, payment_number="1250-1123-4567-8900-24")
    assert mesh.json(*printed)["ocr_lower"] == LOWER


@pytest.mark.parametrize(
    ("line", "wrong", "right"), [(UPPER, "99", "70"), (LOWER, "99", "81"), (LOWER, "80", "81")]
)
def test_wrong_check_digits_are_named_with_the_right_ones(mesh, line, wrong, right) -> None:
    result = mesh.run("keys", "ocr", "read", f"{wrong}{line[2:]}")
    assert result.exit_code == 1
    assert f"the check digits are {wrong}; the right ones are {right}" in result.stderr


@pytest.mark.parametrize(
    ("payment", "confirmation", "free"),
    [("1" * 16, "471100", 11), ("1" * 20, "471100", 7), ("1" * 16, "4711", 13)],
)
def test_the_free_field_gives_way_to_keys_of_other_lengths(mesh, payment, confirmation, free):
    built = mesh.json(*_with(BUILD_LOWER, payment_number=payment, confirmation_number=confirmation))
    assert (len(built["ocr_lower"]), built["free"]) == (44, "0" * free)
    lengths = ("--payment-digits", f"{len(payment)}", "--confirmation-digits")
    read = mesh.json("keys", "ocr", "read", built["ocr_lower"], *lengths, f"{len(confirmation)}")
    assert read == built


@pytest.mark.parametrize(
    "arguments",
    [
        _with(BUILD_LOWER, free="0" * 10),
        _with(BUILD_LOWER, payment_number="1" * 15),
        _with(BUILD_LOWER, payment_number="1" * 40),
        _with(BUILD_LOWER, confirmation_number="471"),
        _with(BUILD_LOWER, account_code="1"),
        _with(BUILD_UPPER, amount_yen="100000000000"),
        _with(BUILD_UPPER, institution="1310"),
        ["keys", "ocr", "read", LOWER, "--payment-digits", "21"],
        ["keys", "ocr", "read", LOWER, "--confirmation-digits", "3"],
    ],
)
def test_what_no_line_can_say_is_refused(mesh, arguments) -> None:
    assert mesh.json(*arguments)["error"]["code"] == "malformed_ocr_line"
    assert mesh.run(*arguments).exit_code == 1


@pytest.mark.parametrize(("line", "code"), [("12345", "unknown_key"), ("x" * 39, "not_digits")])
def test_what_is_no_line_is_refused(mesh, line, code) -> None:
    assert mesh.json("keys", "ocr", "read", line)["error"]["code"] == code


def test_for_people_a_line_is_shown_field_by_field(mesh) -> None:
    shown = mesh.run("keys", "ocr", "read", LOWER).stdout
    assert "confirmation_number    4711" in shown
    assert "payment_number_printed 1250-1123-4567-8900-24" in shown
