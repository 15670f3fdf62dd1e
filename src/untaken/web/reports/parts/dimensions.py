"""Performance by every key: real trades beside the shadow of all signals, under each dimension."""

from collections.abc import Sequence
from dataclasses import dataclass

from untaken.web.reports.numbers import MINUS, Money, count, delay, percent, ratio, written
from untaken.web.reports.parts.grid import Cell, Grid, Line, bars, grid, largest_first, line, pnl_of
from untaken.web.reports.words import Document, clean

DIMENSIONS = {
    "strategy": "Strategy",
    "symbol": "Symbol",
    "direction": "Direction",
    "timeframe": "Timeframe",
    "symbol_timeframe": "Symbol and timeframe",
    "regime": "Regime",
    "sector": "Sector",
    "confidence": "Confidence",
    "component_strongest": "Strongest component",
    "component_present": "Component present",
    "tag": "Tag",
    "model_version": "Model version",
    "actor": "Who acted",
    "time_of_day": "Time of day at the exchange",
    "utc_hour": "Hour, UTC",
}
IN_ORDER = {"confidence", "utc_hour", "time_of_day"}
"""These read as a sequence; the others list what moved most first."""
SESSIONS = ("open", "mid_morning", "lunch", "afternoon", "close")


@dataclass(frozen=True)
class Dimension:
    name: str
    title: str
    values: str
    summary: str
    grid: Grid


def dimensions_of(group: Document, money: Money) -> list[Dimension]:
    """Lay out every dimension that some row knows."""
    section = group.get("performance") or {}
    return [_dimension(name, section[name], money) for name in DIMENSIONS if section.get(name)]


def _dimension(name: str, rows: Sequence[Document], money: Money) -> Dimension:
    things = "hours" if name == "utc_hour" else "values"
    return Dimension(
        name=name,
        title=DIMENSIONS[name],
        values=f"{count(len(rows))} {things}" if len(rows) > 1 else "1 value",
        summary=_summary(rows, money),
        grid=grid(
            f"By {DIMENSIONS[name].lower()}", _ordered(name, rows), _lines(name, rows, money),
            over=[("", 1), ("really traded", 8), ("every signal, in shadow", 4)],
            things=things,
        ),
    )  # fmt: skip


def _ordered(name: str, rows: Sequence[Document]) -> Sequence[Document]:
    if name == "time_of_day":
        return sorted(rows, key=lambda row: (*SESSIONS, None).index(row["value"]))
    return rows if name in IN_ORDER else largest_first(rows, _weight)


def _weight(row: Document) -> float:
    """Give the larger of the real and the shadow result."""
    return max(abs(float(row["pnl"] or 0)), abs(float(row["shadow"]["pnl"] or 0)))


def _summary(rows: Sequence[Document], money: Money) -> str:
    """Name the best and the worst value in shadow, where all are compared on every signal."""
    known = [row for row in rows if row["shadow"]["counted"] and row["value"] is not None]
    key = "shadow"
    if not known:
        known, key = [row for row in rows if row["counted"] and row["value"] is not None], ""
    if len(known) < 2:
        return ""

    def result(row: Document) -> float:
        return float((row[key] if key else row)["pnl"])

    best, worst = max(known, key=result), min(known, key=result)
    if result(best) == result(worst):
        return ""
    where = "in shadow" if key else "really traded"
    return (
        f"{where}: best {_name(best)} {money.signed(round(result(best), 8))}, "
        f"worst {_name(worst)} {money.signed(round(result(worst), 8))}"
    )


def _name(row: Document) -> str:
    return "not said" if row["value"] is None else clean(row["value"])


def _value(dimension: str) -> Line:
    def cell(row: Document) -> Cell:
        value = row["value"]
        if value is None:
            return Cell("not said")
        if dimension == "confidence":
            return Cell(f"{value} to {float(value) + 0.05:.2f}", strong=True)
        if dimension == "utc_hour":
            return Cell(f"{clean(value)}:00", strong=True)
        return Cell(
            clean(value).replace("_", " ") if dimension == "time_of_day" else clean(value), strong=True
        )

    return line(DIMENSIONS[dimension].lower(), cell, words=True)


def _lines(dimension: str, rows: Sequence[Document], money: Money) -> list[Line]:
    return [
        _value(dimension),
        line("trades", lambda row: count(row["trades"])),
        line(f"net, {money.currency}", lambda row: Cell(money.signed(pnl_of(row)), strong=True)),
        bars(rows, pnl_of),
        line("win rate", _won, "profit factor"),
        line("mean win", lambda row: _pair(row, money), "mean loss"),
        line("Sharpe", lambda row: Cell(ratio(row["sharpe"]), money.plain(row["drawdown"])), "drawdown"),
        line("held", _held, "streaks"),
        line("taken a day", _a_day, "of signals"),
        line("trades", lambda row: count(row["shadow"]["counted"])),
        line(f"net, {money.currency}", lambda row: Cell(money.signed(pnl_of(row["shadow"])), strong=True)),
        bars(rows, lambda row: pnl_of(row["shadow"])),
        line("win rate", lambda row: _won(row["shadow"]), "profit factor"),
    ]


def _won(side: Document) -> Cell:
    return Cell(percent(side["win_rate"]), ratio(side["profit_factor"]))


def _pair(row: Document, money: Money) -> Cell:
    loss = row["average_loss"]
    return Cell(money.signed(row["average_win"]), note="" if loss is None else money.signed(-loss))


def _held(row: Document) -> Cell:
    return Cell(delay(row["hold_s_mean"]), note=streaks(row))


def streaks(row: Document) -> str:
    """Write the longest streaks, won and lost, and the last, `+10 −4, now −1`."""
    won, lost, now = (row[f"{name}_streak"] for name in ("longest_winning", "longest_losing", "current"))
    return "" if won is None else f"+{count(won)} {MINUS}{count(lost)}, now {written(now, 0, signed=True)}"


def _a_day(row: Document) -> Cell:
    signals = row["signals"]
    if signals is None:
        return Cell("")
    return Cell(_rate(signals["taken_per_day"]), note=f"of {_rate(signals['emitted_per_day'])}")


def _rate(rate: float | None) -> str:
    return written(rate, 1 if rate is None or rate < 100 else 0)
