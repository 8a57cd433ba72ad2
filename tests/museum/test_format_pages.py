"""Each format has a page that names every field, at its place, with its code."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.files import (
    billing,
    billing_results,
    centre_receipts,
    choutei,
    convenience_receipts_a,
    convenience_receipts_b,
    direct_debit_results,
    keisansho,
    mobile_regi_receipts,
    nofu_jutaku_hokoku,
    receipts_csv,
    receipts_csv_129,
    shuno,
    suito_nippyo,
    zengin_deposits,
    zengin_statement,
)

PAGES = Path(__file__).parents[2] / "docs" / "formats"
FIXED = [billing, centre_receipts, mobile_regi_receipts, zengin_deposits]
FIXED += [convenience_receipts_a, convenience_receipts_b, zengin_statement, direct_debit_results]
CSVS = [billing_results, choutei, nofu_jutaku_hokoku, shuno]
CSVS += [keisansho, receipts_csv, receipts_csv_129, suito_nippyo]

# Public layouts, and one that everybody in the trade knows but no source of ours gives.
NOT_OURS = [zengin_deposits, zengin_statement, direct_debit_results]


def _page(module):
    return (PAGES / f"{module.__name__.rpartition('.')[2]}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", FIXED, ids=lambda module: module.__name__)
def test_a_page_tells_every_field_with_its_position(module):
    page = _page(module)
    layouts = [getattr(module, name) for name in dir(module) if "_LAYOUT" in name]
    assert len(layouts) >= 4
    for layout in layouts:
        for field in layout.fields:
            place = str(field.first) if field.width == 1 else f"{field.first}-{field.last}"
            row = [line for line in page.splitlines() if line.startswith(f"| {place} |")]
            assert [line for line in row if f"`{field.name}`" in line], (layout.name, field.name)


@pytest.mark.parametrize("module", CSVS, ids=lambda module: module.__name__)
def test_a_page_tells_every_column_in_order(module):
    page = _page(module)
    for place, column in enumerate(module.TABLE.columns, start=1):
        assert f"| {place} | `{column.name}` | `{column.attribute}` |" in page


@pytest.mark.parametrize("module", [m for m in FIXED + CSVS if m not in NOT_OURS])
def test_a_layout_that_no_source_gives_is_marked_as_our_own(module):
    assert "**OWN DESIGN**" in _page(module)


def test_a_layout_that_no_source_of_ours_gives_says_so_in_code_and_page():
    assert "**Background knowledge**" in _page(direct_debit_results)
    assert "background knowledge" in (direct_debit_results.__doc__ or "")


def test_the_index_names_every_page():
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    pages = {page.stem for page in PAGES.glob("*.md")} - {"README"}
    assert {page for page in pages if f"({page}.md)" in index} == pages
