"""The house rules that no linter holds: sizes, banned calls, names, and what a file may not say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source_text import (
    BANNED_IN_TESTS,
    BANNED_NAMES,
    ROOT,
    Source,
    can_fail,
    floats_for_money,
    functions,
    listed,
    project_files,
    references,
    sources,
)

FUNCTION_LINES = 70
FILE_LINES = 400
MAY_ASK_THE_MACHINE = {"shared/kit/clock.py", "shared/kit/ids.py"}
EMPTY_WORDS = {"common", "handler", "handlers", "helper", "helpers", "manager", "managers", "misc"}
EMPTY_WORDS |= {"util", "utils"}
WORDS_IN_A_SENTENCE = 3

# Written in parts, so that this file does not say what it forbids.
MACHINE_PATHS = re.compile(
    r"(?<![\w.])/(?:{})\b".format(
        "|".join(["wor" + "k/", "tm" + "p/v/", "op" + "t/(?:wheels|pypi)"])
    )
)
REGISTRY_HOSTS = re.compile(
    "|".join(
        rf"\b{host}\.{end}\b"
        for host, end in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "(?:org|com)"),
            (r"deb\.debian", "org"),
        )
    )
)
SECRETS = re.compile(
    "|".join(
        (
            "-" * 5 + r"BEGIN [A-Z ]*(?:PRIVATE KEY|CERTIFICATE)" + "-" * 5,
            r"\bAKIA[0-9A-Z]{16}\b",
            r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
            r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.",
            r"\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{16,}",
        )
    )
)
CARD_NUMBER = re.compile(r"(?<!\d)(?:4\d{3}|5[1-5]\d{2}|35\d{2})([ -]?)\d{4}\1\d{4}\1\d{4}(?!\d)")
CARDS_MAY_STAND_IN = (
    "simulation/",
    "services/card_agent/",
    "tests/",
    "shared/wire/examples/card_agent.payers.json",
)
CARDS_MAY_STAND_IN += ("docs/contracts/card_agent.payers.openapi.json",)  # the reserved numbers


def _path(file: Path) -> str:
    return str(file.relative_to(ROOT))


def _lines_that_say(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{_path(file)}:{number}"
        for file in project_files()
        for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1)
        if pattern.search(line)
    ]


def _long_functions(source: Source) -> list[str]:
    sizes = ((f, (f.end_lineno or f.lineno) - f.lineno + 1) for f in functions(source))
    return [f"{source.path}:{f.lineno} {f.name} {n}" for f, n in sizes if n > FUNCTION_LINES]


def _tests(source: Source) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [f for f in functions(source) if source.is_test and f.name.startswith("test_")]


def _passes_luhn(digits: str) -> bool:
    doubled = (sum(divmod(int(d) * 2, 10)) for d in digits[-2::-2])
    return (sum(doubled) + sum(int(d) for d in digits[-1::-2])) % 10 == 0


def _card_numbers(path: str, text: str) -> list[str]:
    if path.startswith(CARDS_MAY_STAND_IN):
        return []
    numbers = (re.sub(r"\D", "", match.group()) for match in CARD_NUMBER.finditer(text))
    return [f"{path}: a card number" for digits in numbers if _passes_luhn(digits)]


def test_the_whole_project_is_read() -> None:
    assert {source.path.partition("/")[0] for source in sources()} >= {
        "services",
        "shared",
        "tests",
    }
    assert ROOT / "pyproject.toml" in project_files()


def test_a_function_fits_on_a_page() -> None:
    found = [long for source in sources() for long in _long_functions(source)]
    assert not found, listed(found)


def test_a_file_holds_one_subject() -> None:
    sizes = {source.path: len(source.text.splitlines()) for source in sources()}
    found = [f"{path} {size}" for path, size in sizes.items() if size > FILE_LINES]
    assert not found, listed(found)


def test_only_the_clock_and_the_ids_ask_the_machine() -> None:
    asking = [s for s in sources() if s.path not in MAY_ASK_THE_MACHINE]
    found = [use for source in asking for use in references(source, BANNED_NAMES)]
    assert not found, listed(found)


def test_money_never_meets_a_float() -> None:
    found = [use for source in sources() for use in floats_for_money(source)]
    assert not found, listed(found)


def test_every_module_says_what_it_is() -> None:
    found = [s.path for s in sources() if not (ast.get_docstring(s.tree) or "").strip()]
    assert not found, listed(found)


def test_a_file_is_named_for_what_it_holds() -> None:
    stems = {s.path: Path(s.path).stem for s in sources()}
    empty = [p for p, stem in stems.items() if EMPTY_WORDS & set(stem.split("_"))]
    # `services/` already means organisations: a file of that name would say nothing.
    found = empty + [p for p, stem in stems.items() if stem in {"service", "services"}]
    assert not found, listed(found)


def test_doubles_stand_at_the_wire_and_no_test_is_left_out() -> None:
    tests = [source for source in sources() if source.is_test]
    found = [use for source in tests for use in references(source, BANNED_IN_TESTS)]
    assert not found, listed(found)


def test_the_name_of_a_test_is_a_sentence() -> None:
    names = [(s.path, f.name) for s in sources() for f in _tests(s)]
    found = [n for n in names if len(n[1].split("_")) - 1 < WORDS_IN_A_SENTENCE]
    assert not found, listed(found)


def test_every_test_can_fail() -> None:
    found = [f"{s.path} {f.name}" for s in sources() for f in _tests(s) if not can_fail(f)]
    assert not found, listed(found)


def test_no_file_holds_a_secret() -> None:
    found = _lines_that_say(SECRETS)
    assert not found, listed(found)
    found = [_path(f) for f in project_files() if f.suffix in {".pem", ".key", ".p12"}]
    assert not found, listed(found)


def test_card_numbers_stand_in_the_simulation_and_with_the_card_agent_only() -> None:
    texts = ((_path(f), f.read_text("utf-8", "replace")) for f in project_files())
    found = [number for path, text in texts for number in _card_numbers(path, text)]
    assert not found, listed(found)


def test_no_file_knows_a_machine_it_was_written_on() -> None:
    found = _lines_that_say(MACHINE_PATHS)
    assert not found, listed(found)


def test_no_file_names_a_package_registry() -> None:
    found = _lines_that_say(REGISTRY_HOSTS)
    assert not found, listed(found)


def test_no_lock_file_records_download_addresses() -> None:
    locks = {"uv.lock", "poetry.lock", "Pipfile.lock", "package-lock.json", "pdm.lock"}
    found = [_path(f) for f in project_files() if f.name in locks]
    assert not found, listed(found)


# A rule that cannot find anything proves nothing: each finder is shown what it must find.


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\nx = datetime.now()",
        "import datetime as dt\nx = dt.datetime.utcnow()",
        "from datetime import date as day\nx = day.today()",
        "import time\nx = time.time()",
        "from uuid import uuid4 as fresh\nx = field(default_factory=fresh)",
        "import uuid\nx = uuid.uuid4()",
        "print('x')",
    ],
)
def test_a_question_to_the_machine_is_found_however_it_is_imported(text: str) -> None:
    assert references(Source("shared/kit/x.py", text), BANNED_NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "import time\nx = time.monotonic()",
        "from datetime import datetime\nx = datetime(2025, 6, 2)",
        "def now(): ...\nclock.now()",
        "console.print('x')",
    ],
)
def test_an_innocent_name_is_not_taken_for_a_question_to_the_machine(text: str) -> None:
    assert references(Source("shared/kit/x.py", text), BANNED_NAMES) == []


@pytest.mark.parametrize(
    "text",
    [
        "from unittest.mock import patch",
        "import unittest.mock",
        "from unittest import mock",
        "import pytest\n@pytest.mark.skip\ndef test_x(): ...",
        "import pytest\ndef test_x(): pytest.skip('later')",
    ],
)
def test_a_mock_or_a_skipped_test_is_found(text: str) -> None:
    assert references(Source("tests/unit/x.py", text), BANNED_IN_TESTS)


@pytest.mark.parametrize(
    "text",
    ["fee_yen: float = 1", "def pay(amount_yen: float | None): ...", "x = float(slip.amount_yen)"],
)
def test_a_float_for_money_is_found(text: str) -> None:
    assert floats_for_money(Source("shared/kit/x.py", text))


def test_a_long_function_is_found() -> None:
    body = "\n".join("    x = 1" for _ in range(FUNCTION_LINES))
    assert _long_functions(Source("shared/kit/x.py", f"def long():\n{body}\n"))


def test_a_test_without_an_assertion_is_found() -> None:
    source = Source("tests/unit/x.py", "def test_that_it_runs():\n    run()\n")
    assert [can_fail(f) for f in _tests(source)] == [False]


def test_forbidden_text_is_found() -> None:
    assert MACHINE_PATHS.search("cd /" + "work/main")
    assert not MACHINE_PATHS.search("docs/" + "work/main")
    assert REGISTRY_HOSTS.search("https://files.python" + "hosted.org/x")
    assert SECRETS.search("-" * 5 + "BEGIN EC PRIVATE KEY" + "-" * 5)
    assert _card_numbers("shared/x.py", "4111 1111 " + "1111 1111")
    assert not _card_numbers("shared/x.py", "4111 1111 " + "1111 1112")
