"""What signals say of themselves beside their terms, drawn apart so that nothing else depends on it."""

from typing import Any

from tests.generators.chance import Chance, rounded

REASONS = {
    "confidence": "confidence_threshold",
    "spread": "spread",
    "cooldown": "cooldown",
    "slots": "max_positions",
}
"""Reason codes by guard; the guard `volatility` gives none."""


def labels_of(event_id: str) -> dict[str, Any]:
    """Return labels of a signal, each now and then left out."""
    chance = Chance(f"labels of {event_id}")
    found: dict[str, Any] = {
        "timeframe": chance.one_of("5m", "1h"),
        "regime": chance.one_of("trend", "range", "volatile", "other"),
        "sector": chance.one_of("coins", "currencies"),
        "model_version": chance.one_of("m-1", "m-2"),
        "tags": chance.sample(["news", "late", "retest"], chance.between(1, 2)),
        "components": {
            name: rounded(chance.uniform(-1, 1), 3)
            for name in chance.sample(["rsi", "trend", 'odd "name"'], chance.between(1, 3))
        },
    }
    return {name: value for name, value in found.items() if chance.happens(0.7)}
