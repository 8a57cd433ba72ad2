"""How the answers of several organisations become one story."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deploy.cli.complaints import Complaint
from deploy.cli.explain import bare, in_order
from shared.kit.standard_arrows import HistoryLine

NOON = datetime(2025, 6, 2, 3, tzinfo=UTC)


def _line(organisation: str, event: str, minutes: int = 0) -> HistoryLine:
    return HistoryLine(
        at=NOON + timedelta(minutes=minutes),
        organisation=organisation,
        record="payments",
        id="an-id",
        from_state="",
        to_state="X",
        event=event,
    )


def test_a_story_is_told_in_the_order_of_business_time() -> None:
    later, earlier = _line("card_agent", "second", 5), _line("lgwan_asp", "first")
    assert [line.event for line in in_order([later, earlier])] == ["first", "second"]


def test_at_one_instant_the_ward_speaks_before_the_provider_and_the_provider_before_the_agent() -> (
    None
):
    lines = [_line("card_agent", "c"), _line("payment_provider", "b"), _line("ward_gateway", "a")]
    assert [line.event for line in in_order(lines)] == ["a", "b", "c"]


def test_moves_of_one_organisation_at_one_instant_keep_their_own_order() -> None:
    lines = [_line("card_agent", "asked"), _line("card_agent", "authorised")]
    assert [line.event for line in in_order(lines)] == ["asked", "authorised"]


def test_a_move_that_two_keys_lead_to_is_told_once() -> None:
    assert len(in_order([_line("card_agent", "asked"), _line("card_agent", "asked")])) == 1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (" 1250-1123-4567-8900-24 ", "125011234567890024"),
        ("4943baca-8535-4881-bee0-ebb2fc4559c0", "4943baca-8535-4881-bee0-ebb2fc4559c0"),
        ("12345678-1234-1234-1234-123456789012", "12345678-1234-1234-1234-123456789012"),
        ("00000001R", "00000001R"),
    ],
)
def test_a_printed_key_loses_its_hyphens_and_an_id_keeps_them(typed, meant) -> None:
    assert bare(typed) == meant


@pytest.mark.parametrize("typed", ["", "../clock", "a?b", "x" * 81])
def test_what_cannot_be_a_key_is_never_sent(typed) -> None:
    with pytest.raises(Complaint) as complaint:
        bare(typed)
    assert complaint.value.code == "malformed_key"
