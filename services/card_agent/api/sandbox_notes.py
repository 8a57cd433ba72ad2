"""What the contract of POST /card-tokens says about the sandbox, from the tables that decide it."""

from __future__ import annotations

from typing import Any

from services.card_agent.domain.cards import Brand
from services.card_agent.domain.network_books import (
    MEANINGS,
    RESERVED_NUMBERS,
    IssuerOutcome,
    ReservedNumber,
)
from services.card_agent.domain.sandbox_rules import DELAY_SECONDS_MAX
from shared.wire.card_tokens import SCENARIO_HEADER

BY_THE_CARD = "as expiry and limit say"
_OUTCOMES = [outcome.value for outcome in IssuerOutcome]
_AMOUNT = {"type": "integer", "minimum": 1}
_TIME = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}


def sandbox_notes() -> dict[str, Any]:
    """Return the description and the x-sandbox object of the operation.

    outcomes: what each means; reserved_numbers: each with its brand, limit (yen) and outcome;
    rule_file: the JSON schema of the file that the setting names.
    """
    return {
        "description": _DESCRIPTION,
        "x-sandbox": {
            "outcomes": {outcome.value: meaning for outcome, meaning in MEANINGS.items()},
            "reserved_numbers": [_reserved(each) for each in RESERVED_NUMBERS.values()],
            "rule_file": _rule_file(),
        },
    }


_DESCRIPTION = (
    "Turn a card into a token that is good for one purchase. In sandbox mode the card's network"
    " does what is chosen, in this order: by the token's scenario"
    f" (the header {SCENARIO_HEADER}), by the first fitting rule of the rule file"
    " (setting CARD_AGENT_SANDBOX_RULES), by a reserved card number; otherwise the card's expiry"
    " and its limit decide, and every other good number is an approved card. Outside sandbox mode"
    " the header is refused (400 sandbox_only)."
)


def _reserved(each: ReservedNumber) -> dict[str, Any]:
    return {
        "card_number": each.number,
        "brand": each.brand.value,
        "outcome": each.outcome.value if each.outcome else BY_THE_CARD,
        "limit_yen": int(each.limit_yen),
    }


def _rule_file() -> dict[str, Any]:
    two = {"type": "array", "minItems": 2, "maxItems": 2}
    match = {
        "municipality": {"type": "string", "pattern": "^[0-9]{6}$"},
        "amount_yen": {"oneOf": [_AMOUNT, two | {"items": _AMOUNT}]},
        "barcode": {"type": "string", "pattern": "^[0-9]{44}$"},
        "brand": {"enum": [brand.value for brand in Brand]},
        "time": two | {"items": _TIME, "description": "Tokyo; the second one is excluded"},
    }
    rule = {
        "name": {"type": "string", "pattern": "^[a-z0-9-]{1,40}$"},
        "match": {"type": "object", "properties": match, "additionalProperties": False},
        "outcome": {"enum": _OUTCOMES},
        "delay_seconds": {"type": "number", "minimum": 0, "maximum": DELAY_SECONDS_MAX},
        "times": {"type": ["integer", "null"], "minimum": 1},
    }
    return {
        "type": "array",
        "items": {
            "type": "object",
            "properties": rule,
            "required": ["name", "match", "outcome"],
            "additionalProperties": False,
        },
    }
