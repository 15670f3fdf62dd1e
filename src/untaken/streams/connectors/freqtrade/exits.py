"""What of a freqtrade strategy's exits the shadow can follow, and what it cannot."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

from untaken.schemas.events.runs import StrategyExits
from untaken.streams.connectors.freqtrade.cells import Record, flag, number

Direction = Literal["long", "short"]
ExitFields = dict[str, Any]

_DIGITS = 8


def strategy_exits(result: Record, fee: float) -> StrategyExits:
    """Return the exits of an unleveraged long of this strategy; `fee` as a ratio of each side."""
    return StrategyExits(**exit_fields(result, {}, direction="long", leverage=1.0, fees=(fee, fee)))


def exit_fields(
    result: Record, trade: Record, *, direction: Direction, leverage: float, fees: tuple[float, float]
) -> ExitFields:
    """Return stop, take-profit, trailing stop and ROI steps as price moves in percent.

    Freqtrade's ratios are of the margin and after fees; ours are of the price. Left out: what the file
    does not say, and what has no counterpart (`inexpressible` names it).
    """
    fields: ExitFields = {}
    stop = number(trade, "initial_stop_loss_ratio") or number(result, "stoploss")
    if stop:
        fields["stop_loss_pct"] = _percent(abs(stop) / leverage)
    distance = number(result, "stoploss")
    if follows_whole_stop(result) and distance:
        fields["trailing_stop_pct"] = _percent(abs(distance) / leverage)
    elif result.get("trailing_stop") is False:
        fields["trailing_stop_pct"] = 0.0
    steps = roi_table(result)
    if steps is not None:
        fields["take_profit_pct"] = 0.0
    if steps:
        moves = [[minutes, _price_move(ratio / leverage, direction, fees)] for minutes, ratio in steps]
        fields["roi_steps"] = [[minutes, _percent(move)] for minutes, move in moves]
    return fields


def follows_whole_stop(result: Record) -> bool:
    """Freqtrade's plain trailing stop follows at the distance of the stop; with a positive one it changes distance."""
    return flag(result, "trailing_stop") and not number(result, "trailing_stop_positive")


def roi_table(result: Record) -> list[tuple[float, float]] | None:
    """Return [(minutes, ratio)] in order; None where the table is missing or cannot be believed.

    An empty one cannot be, where trades left by ROI.
    """
    table = result.get("minimal_roi")
    if not isinstance(table, dict) or (not table and _left_by_roi(result)):
        return None
    try:
        steps = sorted((float(minutes), float(ratio)) for minutes, ratio in table.items())
    except (TypeError, ValueError):
        return None
    return steps if all(math.isfinite(value) for step in steps for value in step) else None


def inexpressible(result: Record) -> Iterator[str]:
    """Say in sentences which of the strategy's exits its shadow trades lack."""
    if flag(result, "trailing_stop") and not follows_whole_stop(result):
        yield (
            f"the trailing stop (positive {number(result, 'trailing_stop_positive'):g}, offset "
            f"{number(result, 'trailing_stop_positive_offset') or 0:g}) starts only above an offset; shadow trades "
            "have no such stop and leave by stop, ROI or time instead"
        )
    if flag(result, "use_custom_stoploss"):
        yield "the strategy moves its stop in code (custom_stoploss); shadow trades keep the initial one"
    if roi_table(result) is None:
        yield (
            "the file's ROI table is empty or missing, though trades left by ROI; "
            "shadow trades take the take-profit of the settings"
            if _left_by_roi(result)
            else "the file has no readable ROI table; shadow trades take the take-profit of the settings"
        )
    if flag(result, "exit_profit_only"):
        yield "exit signals count only in profit (exit_profit_only); shadow trades follow them always"


def _price_move(net: float, direction: Direction, fees: tuple[float, float]) -> float:
    """Freqtrade's own closing rate for a ROI (optimize/backtesting.py), as a ratio of the opening rate."""
    opening, closing = fees
    if direction == "long":
        return (1 + opening + net) / (1 - closing) - 1
    return 1 - (1 - opening - net) / (1 + closing)


def _left_by_roi(result: Record) -> bool:
    trades = [trade for trade in result["trades"] if isinstance(trade, dict)]
    return any(trade.get("exit_reason", trade.get("sell_reason")) == "roi" for trade in trades)


def _percent(ratio: float) -> float:
    return round(ratio * 100, _DIGITS)
