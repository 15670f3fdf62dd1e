"""Shadow beside real: the rows of that table, and the sentence on how far the two differ."""

from dataclasses import dataclass

from untaken.web.reports.numbers import Money, count, counted, percent, ppm, ratio
from untaken.web.reports.words import Document

BOOKS = ("in_turn", "alone", "real")


@dataclass(frozen=True)
class Row:
    label: str
    cells: tuple[str, ...]
    """Shadow in turn, shadow alone, real."""


def rows_of(shadow: Document, money: Money) -> list[Row]:
    """Set the three books beside each other; a figure that a book does not have is a dash."""
    books = [shadow.get(book) or {} for book in BOOKS]
    return [
        Row("trades", tuple(count(book.get("resolved", book.get("trades_closed"))) for book in books)),
        Row(f"net result, {money.currency}", tuple(money.signed(book.get("pnl")) for book in books)),
        Row("wins", tuple(count(book.get("wins")) for book in books)),
        Row("win rate", tuple(percent(book.get("win_rate"), 1) for book in books)),
        Row("profit factor", tuple(ratio(book.get("profit_factor")) for book in books)),
        Row("mean return", tuple(ppm(book.get("return_ppm_mean")) for book in books)),
        Row(f"drawdown, {money.currency}", tuple(money.plain(book.get("drawdown")) for book in books)),
        Row("Sharpe, per year", tuple(ratio(book.get("sharpe")) for book in books)),
        Row("overlapped", tuple(count(book.get("overlapped")) for book in books)),
        Row("unresolved", tuple(count(book.get("unresolved")) for book in books)),
        Row("money unknown", tuple(count(book.get("money_unknown")) for book in books)),
    ]


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
