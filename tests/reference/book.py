"""Rows and trades of one bot, run, mode and currency, in both books."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.reference.ledger import Identity, Row
from tests.reference.numbers import money_text
from tests.reference.trades import RealTrade


@dataclass(frozen=True)
class Book:
    bot: str
    run: str
    mode: str
    currency: str
    rows: Sequence[Row]
    trades: Sequence[RealTrade]
    overlapped: Collection[Identity]

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.bot, self.run, self.mode, self.currency

    def is_overlapped(self, row: Row) -> bool:
        return row.identity in self.overlapped

    def in_turn(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows that carry money in the headline book."""
        return [row for row in rows if row.resolved and not self.is_overlapped(row)]

    @property
    def guards(self) -> list[str]:
        return sorted({guard for row in self.rows for guard in row.life.judged_by})


def books_of(
    rows: Sequence[Row], trades: Sequence[RealTrade], overlapped: Collection[Identity]
) -> list[Book]:
    """Part rows and trades so that no two modes, currencies, bots or runs are ever added together."""
    keys = {key_of_row(row) for row in rows} | {key_of_trade(trade) for trade in trades}
    return [
        Book(
            *key,
            rows=[row for row in rows if key_of_row(row) == key],
            trades=[trade for trade in trades if key_of_trade(trade) == key],
            overlapped=overlapped,
        )
        for key in sorted(keys)
    ]


def key_of_row(row: Row) -> tuple[str, str, str, str]:
    return *row.signal.run, row.signal.mode, row.currency


def key_of_trade(trade: RealTrade) -> tuple[str, str, str, str]:
    return *trade.identity[:2], trade.mode, trade.currency


def totals_of(book: Book) -> dict[str, Any]:
    """Return what all signals would have come to, in turn and alone, beside what was really traded."""
    blocked = [row for row in book.rows if row.life.status == "blocked"]
    closed = [trade for trade in book.trades if trade.counts]
    resolved = [row for row in book.rows if row.resolved]
    return {
        "bot": book.bot,
        "run": book.run,
        "mode": book.mode,
        "currency": book.currency,
        "in_turn": {
            **sums(book.in_turn(book.rows)),
            "overlapped": sum(book.is_overlapped(row) for row in book.rows),
        },
        "alone": sums(resolved),
        "blocked": {"signals": len(blocked), "net_saved": money_text(-pnl_of(book.in_turn(blocked)))},
        "trades_closed": len(closed),
        "real_pnl": money_text(sum(trade.pnl_e8 or 0 for trade in closed)),
    }


def sums(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "resolved": len(rows),
        "money_unknown": sum(row.result.pnl_e8 is None for row in rows),
        "pnl": money_text(pnl_of(rows)),
    }


def pnl_of(rows: Iterable[Row]) -> int:
    return sum(row.result.pnl_e8 or 0 for row in rows)


def totals_by_mode_and_currency(books: Iterable[Book]) -> list[dict[str, Any]]:
    added: dict[tuple[str, str], int] = {}
    for book in books:
        key = (book.mode, book.currency)
        added[key] = added.get(key, 0) + pnl_of(book.in_turn(book.rows))
    return [
        {"mode": mode, "currency": currency, "pnl": money_text(pnl)}
        for (mode, currency), pnl in sorted(added.items())
    ]
