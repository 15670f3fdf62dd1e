"""Suggestions from missed opportunities: which knob or guard, in which direction, what is at stake, why.

Nothing is suggested of a reason whose misses may be luck; what is suggested names the what-if that shows its
effect, since other signals take the place of those let through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from untaken.projections.figures import Figures
from untaken.projections.knobs import BY_NAME, Knob

TARGET_SIGNALS_PER_DAY = 2.0
"""Signals that a bot is to emit a day at least (default)."""

LOWER_MIN_PROFIT_PCT = (1.0, 0.8)
LOWER_MIN_CONFIDENCE = (0.50, 0.48)
"""From and to, where too few signals come."""

CONFIDENCE_STEP = Decimal("0.02")


@dataclass(frozen=True)
class SuggestionBasis:
    """What suggestions are drawn from, of one bot, run, mode and currency."""

    missed: Figures
    """`missed_section`."""
    guards: Sequence[Figures] = ()
    """The guards of `guard_section`."""
    knobs: Sequence[Figures] = ()
    """The bot's own values of `knob_state_section`; defaults are taken where none is given."""
    signals_per_day: float | None = None
    """Emitted; None where nobody knows."""
    target_signals_per_day: float = TARGET_SIGNALS_PER_DAY


def suggestions(basis: SuggestionBasis) -> list[Figures]:
    """Return suggestions in order of the money at stake, those without money last."""
    found = [*_from_reasons(basis), *_from_guards(basis), *_from_too_few_signals(basis)]
    return sorted(found, key=lambda each: (each["at_stake"] is None, -(each["at_stake"] or 0), each["name"]))


def _from_reasons(basis: SuggestionBasis) -> list[Figures]:
    clear = {
        reason["reason_code"]: reason
        for reason in basis.missed["reason_codes"]
        if reason["evidence"] and reason["evidence"]["clearly"] == "missed_profit"
    }
    found = []
    if "max_positions" in clear:
        knob, value = _knob(basis, "max_positions")
        found.append(_move(knob, value, knob.clamped(value + 1), clear["max_positions"]))
    if "confidence_threshold" in clear:
        knob, value = _knob(basis, "min_confidence")
        lower = float(Decimal(str(value)) - CONFIDENCE_STEP)
        found.append(_move(knob, value, knob.clamped(lower), clear["confidence_threshold"]))
    return [each for each in found if each["from"] != each["to"]]


def _knob(basis: SuggestionBasis, name: str) -> tuple[Knob, float]:
    knob = BY_NAME[name]
    for state in basis.knobs:
        if state["knob"] == name and state["symbol"] is None and state["current"] is not None:
            return knob, float(state["current"])
    return knob, knob.default


def _move(knob: Knob, value: float, to: float, reason: Figures) -> Figures:
    return {
        "kind": "knob",
        "name": knob.name,
        "direction": "raise" if to > value else "lower",
        "from": value,
        "to": to,
        "reason_code": reason["reason_code"],
        "at_stake": reason["net_opportunity_cost"],
        "evidence": reason["evidence"],
        "what_if": {"knob": knob.name, "to": to},
    }


def _from_guards(basis: SuggestionBasis) -> list[Figures]:
    """Guards that clearly cost money; portfolio guards are left to the knobs behind them."""
    return [
        {
            "kind": "guard",
            "name": guard["guard"],
            "direction": "off",
            "from": None,
            "to": None,
            "reason_code": None,
            "at_stake": -guard["net_saved"],
            "evidence": guard["verdict_detail"],
            "what_if": {"scenario": f"no_{guard['guard']}"},
        }
        for guard in basis.guards
        if guard["verdict"] == "costs" and guard["bucket"] == "guard"
    ]


def _from_too_few_signals(basis: SuggestionBasis) -> list[Figures]:
    per_day, target = basis.signals_per_day, basis.target_signals_per_day
    if per_day is None or per_day >= target:
        return []
    evidence = {"signals_per_day": per_day, "target_signals_per_day": target}
    moves = {"min_profit_pct": LOWER_MIN_PROFIT_PCT, "min_signal_confidence": LOWER_MIN_CONFIDENCE}
    return [
        {
            "kind": "threshold",
            "name": name,
            "direction": "lower",
            "from": old,
            "to": new,
            "reason_code": None,
            "at_stake": None,
            "evidence": evidence,
            "what_if": {"threshold": name, "to": new},
        }
        for name, (old, new) in moves.items()
    ]
