"""Performance: results of real trades and of signals, by everything that they are told apart by."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.book import Book
from tests.reference.ledger import Row
from tests.reference.moments import SECOND
from tests.reference.numbers import money_text, number
from tests.reference.trades import RealTrade

Said = Sequence[Mapping[str, Any]]
"""What tells of a trade or a signal; the first that says something counts."""

ZONE = ZoneInfo("America/New_York")
SESSIONS = (("open", 0), ("mid_morning", 630), ("lunch", 720), ("afternoon", 810), ("close", 900))
NOTHING = "nothing"
"""Name of what has no value."""


def performance_of(book: Book) -> dict[str, Any]:
    """Return the figures of a book: overall, and by each dimension and value."""
    trades = [trade for trade in book.trades if trade.counts]
    signals = [(dimensions(row.signal.symbol, [row.signal.body], row.signal.at), row) for row in book.rows]
    real = [(of_trade(trade), trade) for trade in trades]
    names = {name for values, _ in [*signals, *real] for name in values}
    return {
        name: {
            value: {
                **real_figures([one for values, one in real if value in values.get(name, [])]),
                **shadow_figures([row for values, row in signals if value in values.get(name, [])], book),
            }
            for value in {v for values, _ in [*signals, *real] for v in values.get(name, [])}
        }
        for name in names
    }


def of_trade(trade: RealTrade) -> dict[str, list[str]]:
    at = trade.entry_at if trade.entry_at is not None else trade.exit_at
    side = {"direction": "long" if trade.direction > 0 else "short"}
    found = dimensions(trade.symbol, [side, *trade.said], at or 0)
    return {**found, "actor": [first(trade.said, "actor")]}


def dimensions(symbol: str, said: Said, at: int) -> dict[str, list[str]]:
    """Return the values under each dimension; a row counts under all of them."""
    names = ("sector", "regime", "timeframe", "direction", "strategy", "model_version")
    scores: Mapping[str, Any] = next((one["components"] for one in said if one.get("components")), {})
    tags: Sequence[str] = next((one["tags"] for one in said if one.get("tags")), [])
    timeframe = first(said, "timeframe")
    return {
        "overall": [NOTHING],
        "symbol": [symbol],
        **{name: [first(said, name)] for name in names},
        "symbol_timeframe": [NOTHING if timeframe == NOTHING else f"{symbol} {timeframe}"],
        "component_present": list(scores) or [NOTHING],
        "component_strongest": [max(scores, key=lambda name: abs(number(scores[name])), default=NOTHING)],
        "tag": sorted(set(tags)) or [NOTHING],
        "confidence": [bucket_of(said)],
        "utc_hour": [f"{datetime.fromtimestamp(at // SECOND, UTC).hour:02d}"],
        "time_of_day": [session_of(at)],
    }


def first(said: Said, name: str) -> str:
    return next((str(one[name]) for one in said if one.get(name) is not None), NOTHING)


def bucket_of(said: Said) -> str:
    stated = next((number(one["confidence"]) for one in said if one.get("confidence") is not None), None)
    if stated is None:
        return NOTHING
    return f"{min(stated // Decimal('0.05'), Decimal(19)) * Decimal('0.05'):.2f}"


def session_of(at: int) -> str:
    local = datetime.fromtimestamp(at // SECOND, ZONE)
    minute = 60 * local.hour + local.minute
    return [name for name, since in SESSIONS if since <= minute][-1]


def real_figures(trades: Sequence[RealTrade]) -> dict[str, Any]:
    known = sorted(
        (trade for trade in trades if trade.pnl_e8 is not None),
        key=lambda trade: (trade.exit_at, *trade.identity),
    )
    results = [trade.pnl_e8 or 0 for trade in known]
    return {
        "trades": len(trades),
        "counted": len(known),
        **sums(results),
        "fees": money_text(sum(trade.fees_e8 or 0 for trade in known)),
        "hold_s_mean": mean_hold(trades),
        **(in_order(results) if results else dict.fromkeys(IN_ORDER)),
    }


IN_ORDER = ("drawdown", "longest_winning_streak", "longest_losing_streak", "current_streak")


def in_order(results: Sequence[int]) -> dict[str, Any]:
    """Return the largest fall from an earlier peak, and streaks; a result of 0 ends either."""
    level = peak = fall = streak = 0
    longest = {1: 0, -1: 0}
    for result in results:
        level += result
        peak, sign = max(peak, level), (result > 0) - (result < 0)
        fall = max(fall, peak - level)
        streak = streak + sign if sign and streak * sign >= 0 else sign
        longest = {side: max(most, streak * side) for side, most in longest.items()}
    return dict(zip(IN_ORDER, (money_text(fall), longest[1], longest[-1], streak), strict=True))


def mean_hold(trades: Iterable[RealTrade]) -> Decimal | None:
    held = [
        trade.exit_at - trade.entry_at
        for trade in trades
        if trade.entry_at is not None and trade.exit_at is not None
    ]
    return round(Decimal(sum(held)) / (len(held) * SECOND), 6) if held else None


def shadow_figures(rows: Sequence[Row], book: Book) -> dict[str, Any]:
    if not rows:
        return {}
    known = [row.result.pnl_e8 for row in book.in_turn(rows) if row.result.pnl_e8 is not None]
    taken = sum(row.life.status == "filled" for row in rows)
    unresolved = sum(not row.resolved for row in rows)
    return {
        "signals": {"emitted": len(rows), "taken": taken},
        "shadow": {"counted": len(known), "unresolved": unresolved, **sums(known)},
    }


def sums(results: Sequence[int]) -> dict[str, Any]:
    gains = sum(result for result in results if result > 0)
    losses = -sum(result for result in results if result < 0)
    return {
        "pnl": money_text(gains - losses),
        "wins": sum(result > 0 for result in results),
        "losers": sum(result < 0 for result in results),
        "profit_factor": factor(gains, losses),
    }


def factor(gains: int, losses: int) -> Decimal | None:
    return round(Decimal(gains) / Decimal(losses), 9) if losses else None
