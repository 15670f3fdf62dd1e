"""The execution knobs that the system tunes: names, defaults and ranges."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal


@dataclass(frozen=True)
class Knob:
    """One execution parameter."""

    name: str
    alias: str
    """Name under which bots know it in their environment."""
    default: float
    low: float
    high: float
    unit: str
    whole: bool = False
    """Used as a whole number; its exact value is kept."""

    def clamped(self, value: float) -> float:
        """Return the value within the range."""
        return min(max(value, self.low), self.high)

    def used(self, value: float) -> float:
        """Return the value as a bot uses it: whole knobs rounded half-even."""
        return float(Decimal(str(value)).to_integral_value(ROUND_HALF_EVEN)) if self.whole else value


KNOBS: tuple[Knob, ...] = (
    Knob("min_confidence", "DT_EXEC_MIN_CONF", 0.25, 0.15, 0.60, "share"),
    Knob("max_positions", "DT_MAX_POSITIONS", 3, 1, 10, "positions", whole=True),
    Knob("stop_loss_pct", "DT_STOP_LOSS_PCT", 2.0, 0.5, 5.0, "percent"),
    Knob("take_profit_pct", "DT_TAKE_PROFIT_PCT", 4.0, 1.0, 10.0, "percent"),
    Knob("position_size", "DT_POSITION_SIZE_BASE_USD", 1000, 200, 3000, "account currency"),
    Knob("max_orders_per_cycle", "DT_MAX_ORDERS_PER_CYCLE", 3, 1, 10, "orders", whole=True),
    Knob("min_trade_gap_minutes", "DT_MIN_TRADE_GAP_MINUTES", 5, 0, 60, "minutes", whole=True),
)
"""In the order in which they are listed."""

BY_NAME = {knob.name: knob for knob in KNOBS}

_BY_ALIAS = {knob.alias: knob for knob in KNOBS}


def knob_named(name: str) -> Knob | None:
    """Return the knob of this name or alias; None for one that is not ours."""
    return BY_NAME.get(name) or _BY_ALIAS.get(name)
