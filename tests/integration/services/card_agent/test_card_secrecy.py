"""No card number is at rest anywhere, nor in a log line (DESIGN rule 15)."""

from __future__ import annotations

import io

import pytest

from shared.kit.logs import set_up_logs
from shared.kit.peer import PeerOutcomeUnknown, PeerRefused
from tests.integration.services.card_agent.conftest import GOOD_CARD, barcode

CARDS = (GOOD_CARD, "4000000000000119", "4000000000000002")
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"


@pytest.fixture
def log_lines():
    """Every line that this process logs, as it is set up in production."""
    lines = io.StringIO()
    set_up_logs("card_agent", stream=lines)
    yield lines.getvalue
    set_up_logs("tests")


async def _use_cards(agent) -> None:
    for slip, card in enumerate(CARDS):
        question = await agent.question(card, slip=slip)
        try:
            await agent.authorise(question)
        except (PeerOutcomeUnknown, PeerRefused):
            await agent.run("settle_authorisations")
    with pytest.raises(PeerRefused, match="card_number_invalid"):
        await agent.token("4111111111111112")


async def _everything(agent) -> str:
    rows = []
    for table in await agent.column(TABLES):
        rows += await agent.column(f'SELECT t::text FROM "{table}" AS t')  # noqa: S608
    return "\n".join(map(str, rows))


async def test_no_card_number_is_in_the_database(agent) -> None:
    await _use_cards(agent)
    stored = await _everything(agent)
    assert barcode(0) in stored  # what is planted is found
    assert not [card for card in CARDS if card in stored]
    assert "4111111111111112" not in stored


async def test_no_number_of_card_or_slip_is_in_a_log_line(agent, log_lines) -> None:
    await _use_cards(agent)
    lines = log_lines()
    assert "authorise_card" in lines
    for secret in (*CARDS, "4111111111111112", *(barcode(slip) for slip in range(3))):
        assert secret not in lines


async def test_a_used_number_leaves_the_memory(agent) -> None:
    await _use_cards(agent)
    assert len(agent.resources.card_memory) == 0
    assert GOOD_CARD not in repr(agent.resources)
