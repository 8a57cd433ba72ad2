"""Every code that a reader, a writer, a key or a conversion can report is put in words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from shared.files import explanations
from shared.files.explanations import EXPLANATIONS, NOT_EXPLAINED, explanation_of
from shared.files.field_names import FIELD_NAMES, field_name_of, record_name_of
from shared.keys.channels import Channel
from tests.unit.shared.files.test_formats import LAYOUTS, TABLES

ROOT = Path(__file__).parents[4]
CONVERTERS = ROOT / "services" / "ward_gateway" / "usecases"
READ = [
    *sorted((ROOT / "shared" / "files").glob("*.py")),
    *sorted((ROOT / "shared" / "keys").glob("*.py")),
    *(CONVERTERS / f"{name}.py" for name in ("pass_through", "find_changes")),
    *sorted(CONVERTERS.glob("convert_*.py")),
    *sorted(CONVERTERS.glob("index_*.py")),
]
WORDS = {
    "explanations.py",
    "explanations_of_rules.py",
    "explanations_of_trade.py",
    "field_names.py",
}
SNAKE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")
# Snake-case text that is neither a code, a field, a column, a channel nor a module.
NOT_CODES = {"line_end", "by_column", "where_needed", "shift_jis"}
# Where a code of one word stands: ValueError("negative"), code="negative".
RAISERS = {"ValueError", "KeyProblem", "EraDateProblem"}


def _known_names() -> set[str]:
    fields = {field.name for layout in LAYOUTS for field in layout.fields}
    columns = {c.name for t in TABLES for c in t.columns} | {
        c.attribute for t in TABLES for c in t.columns
    }
    modules = {path.stem for path in READ}
    return fields | columns | modules | {channel.value for channel in Channel}


def _attributes(tree: ast.Module) -> set[str]:
    return {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def _texts(tree: ast.AST) -> set[str]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _single_words(tree: ast.Module) -> set[str]:
    """Return one-word codes: the first argument of what raises one, and each `code=`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if getattr(node.func, "id", "") in RAISERS and node.args:
                found |= _texts(node.args[0])
            found |= {text for k in node.keywords if k.arg == "code" for text in _texts(k.value)}
    return {text for text in found if re.fullmatch("[a-z]+", text)}


def codes_in(source: str) -> set[str]:
    tree = ast.parse(source)
    snake = {text for text in _texts(tree) if SNAKE.fullmatch(text)}
    return (snake - _known_names() - _attributes(tree) - NOT_CODES) | _single_words(tree)


@pytest.mark.parametrize("path", [p for p in READ if p.name not in WORDS], ids=lambda p: p.stem)
def test_every_code_of_a_module_has_a_sentence_in_both_languages(path) -> None:
    assert codes_in(path.read_text(encoding="utf-8")) - set(EXPLANATIONS) == set()


@pytest.mark.parametrize(
    "source",
    [
        'TABLE.fault("amount_yen", "brand_new_code", row.amount_yen)',
        'raise ValueError("unheard")',
        'key("x", 1, 2, code="unheard")',
        'code = "count_mismatch" if total else "brand_new_code"',
        'NEW = "brand_new_code"',
    ],
)
def test_a_code_without_a_sentence_is_found_wherever_it_stands(source) -> None:
    assert codes_in(source) - set(EXPLANATIONS) in ({"brand_new_code"}, {"unheard"})


def test_no_sentence_is_for_a_code_that_nobody_reports() -> None:
    reported = set().union(*(codes_in(path.read_text(encoding="utf-8")) for path in READ))
    assert set(EXPLANATIONS) - reported == set()


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_a_sentence_is_japanese_first_and_english_beside_it(code) -> None:
    japanese, english = EXPLANATIONS[code]
    assert re.search("[ぁ-んァ-ヶ一-龠]", japanese)
    assert japanese.endswith("。")
    assert english.isascii()
    assert english.endswith(".")


def test_no_code_has_two_sentences() -> None:
    chapters = [v for k, v in vars(explanations).items() if k.isupper() and isinstance(v, dict)]
    sizes = [len(chapter) for chapter in chapters if chapter is not EXPLANATIONS]
    assert sum(sizes) == len(EXPLANATIONS)


def test_an_unknown_code_is_not_dressed_up() -> None:
    assert explanation_of("brand_new_code") is NOT_EXPLAINED


def test_every_field_of_todays_formats_has_a_japanese_name() -> None:
    shown = {field.name for layout in LAYOUTS for field in layout.fields}
    # A column that is named in Japanese is its own name.
    shown |= {c.name for table in TABLES for c in table.columns if c.name.isascii()}
    assert shown - set(FIELD_NAMES) == set()


def test_a_field_without_a_japanese_name_is_shown_by_its_own() -> None:
    assert (field_name_of("paid_on"), field_name_of("tax_office")) == ("収納日", "tax_office")
    assert (record_name_of("data"), record_name_of("page")) == ("明細", "page")
