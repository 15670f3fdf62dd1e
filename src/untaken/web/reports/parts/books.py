"""Shadow beside real: the rows of that table, and the sentence on how far the two differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from untaken.web.reports.numbers import (
    Money,
    count,
    counted,
    delay,
    percent,
    ppm,
    probability,
    ratio,
    too_few,
    written,
)
from untaken.web.reports.parts.dimensions import streaks
from untaken.web.reports.words import Document

BOOKS = ("in_turn", "alone", "real")


@dataclass(frozen=True)
class Row:
    label: str
    cells: tuple[str, ...]
    """Shadow in turn, shadow alone, real."""


def rows_of(group: Document, money: Money) -> list[Row]:
    """Set the three books beside each other; a figure that a book does not have is a dash."""
    books = books_of(group)
    return [row for row in (*_results(books, money), *_ordered(books, money), *_counts(books)) if _known(row)]


def books_of(group: Document) -> list[dict[str, Any]]:
    """Give the three books, with what performance knows of them besides."""
    shadow, overall = group["shadow_performance"], (group.get("performance") or {}).get("overall") or {}
    more = {"in_turn": overall.get("shadow") or {}, "real": overall}
    return [{**more.get(book, {}), **(shadow.get(book) or {})} for book in BOOKS]


def _known(row: Row) -> bool:
    return row.label in _ALWAYS or any(cell not in {"–", ""} for cell in row.cells)


_ALWAYS = {"trades", "win rate", "profit factor"}


def _results(books: Sequence[Document], money: Money) -> list[Row]:
    return [
        _row("trades", books, lambda book: count(book.get("resolved", book.get("trades_closed")))),
        _row(f"net result, {money.currency}", books, lambda book: money.signed(book.get("pnl"))),
        _row("wins", books, lambda book: count(book.get("wins"))),
        _row("win rate", books, lambda book: percent(book.get("win_rate"), 1)),
        _row("profit factor", books, profit_factor),
        _row("mean return", books, lambda book: ppm(book.get("return_ppm_mean"))),
        _row("mean win", books, lambda book: money.signed(book.get("average_win"))),
        _row("mean loss", books, lambda book: money.signed(_negative(book.get("average_loss")))),
        _row("held, mean", books, lambda book: delay(book.get("hold_s_mean"))),
    ]


def _counts(books: Sequence[Document]) -> list[Row]:
    return [
        _row("overlapped", books, lambda book: count(book.get("overlapped"))),
        _row("unresolved", books, lambda book: count(book.get("unresolved"))),
        _row("money unknown", books, lambda book: count(book.get("money_unknown"))),
    ]


def _ordered(books: Sequence[Document], money: Money) -> list[Row]:
    return [
        _row(f"drawdown, {money.currency}", books, lambda book: money.plain(book.get("drawdown"))),
        _row("drawdown, % of capital", books, lambda book: written(book.get("drawdown_pct"), 2)),
        _row("Sharpe, per year", books, sharpe),
        _row("Sharpe, lag-corrected", books, lambda book: ratio(book.get("sharpe_lag_corrected"))),
        _row("streaks", books, lambda book: streaks(book) if "current_streak" in book else "–"),
    ]


def _row(label: str, books: Sequence[Document], cell: Callable[[Document], str]) -> Row:
    return Row(label, tuple(cell(book) for book in books))


def _negative(value: Any) -> Any:
    return None if value is None else -value


def profit_factor(book: Document) -> str:
    """Write the profit factor; of wins alone it is undefined, and says so."""
    value = book.get("profit_factor")
    return "undefined" if value is None and book.get("wins") else ratio(value)


def sharpe(book: Document) -> str:
    """Write the Sharpe ratio, or what it lacks."""
    value, trades = book.get("sharpe"), book.get("counted")
    if value is None and trades is not None and 0 < trades < 2:
        return too_few(trades, 2, "days")
    return ratio(value)


def luck(group: Document) -> str:
    """Say how sure the real Sharpe ratio is above 0, and how its drawdown compares with luck's."""
    overall = (group.get("performance") or {}).get("overall") or {}
    parts = []
    if overall.get("sharpe_above_zero") is not None:
        days = overall.get("least_track_record_days")
        needs = (
            f"; to be sure of it takes about {counted(round(days), 'day')} of trading"
            if days and days < 36_500
            else ""
        )
        parts.append(
            f"The real Sharpe ratio is above 0 with a probability of {probability(overall['sharpe_above_zero'])}{needs}."
        )
    interval = overall.get("profit_factor_interval")
    if interval:
        parts.append(f"The real profit factor lies between {ratio(interval[0])} and {ratio(interval[1])}.")
    worst = overall.get("drawdown_to_luck")
    if worst is not None:
        surprise = "more than luck explains" if worst > LUCK_95 else "what luck alone would do"
        parts.append(
            f"Its drawdown is {surprise} ({ratio(worst)} of a random walk's deviation; below {LUCK_95} in 19 of 20)."
        )
    return " ".join(parts)


LUCK_95 = 2.18
"""Drawdown over the deviation of a walk without drift, below which 19 of 20 lie."""


def measured_error(shadow: Document) -> str:
    """Say how far shadow results were from real ones, in percent of size."""
    error = shadow.get("measured_error") or {}
    if not error.get("n"):
        return "No signal was really traded, so how far shadow results are from real ones is not known."
    return (
        f"Shadow minus real over {counted(error['n'], 'traded signal')}: mean {ppm(error.get('mean_ppm'))} of size, "
        f"half within {ppm_size(error.get('p50_ppm'))}, 95 % within {ppm_size(error.get('p95_ppm'))}; "
        f"the sign differs in {count(error.get('sign_disagreements'))}."
    )


def ppm_size(value: float | None) -> str:
    return ppm(None if value is None else abs(value)).lstrip("+")
