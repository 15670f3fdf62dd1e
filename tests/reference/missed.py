"""Missed opportunities: what signals that were never traded would have brought, by what kept them from it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.reference.book import Book
from tests.reference.ledger import Row
from tests.reference.numbers import money_text

CONFIDENT_FROM = Decimal("0.6")

NOTHING = "nothing"
"""Name of what has no value: nothing blocked the signal, or without a reason."""

PARTS: Mapping[str, Callable[[Row], str | None]] = {
    "reason_codes": lambda row: row.life.reason_code,
    "guards": lambda row: row.life.first,
    "strategies": lambda row: str(row.signal.body["strategy"]),
    "symbols": lambda row: row.signal.symbol,
}


def missed_of(book: Book) -> dict[str, Any]:
    """Return the figures of a book: of all its rows, and by reason, guard, strategy and symbol."""
    rows = [row for row in book.rows if row.life.status != "filled"]
    return {**part_of(rows, book), **{name: parts_of(rows, book, key) for name, key in PARTS.items()}}


def parts_of(rows: Iterable[Row], book: Book, key: Callable[[Row], str | None]) -> dict[str, Any]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row) or NOTHING, []).append(row)
    return {name: part_of(part, book) for name, part in found.items()}


def part_of(rows: Sequence[Row], book: Book) -> dict[str, Any]:
    in_turn = book.in_turn(rows)
    return {
        **counts(rows),
        "unresolved": sum(not row.resolved for row in rows),
        "overlapped": sum(book.is_overlapped(row) for row in rows),
        "money_unknown": sum(row.result.pnl_e8 is None for row in in_turn),
        **results(in_turn),
        "confident": {**counts(confident(rows)), **results(confident(in_turn))},
        "alone": money([row for row in rows if row.resolved]),
    }


def confident(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if (row.signal.number("confidence") or Decimal(0)) >= CONFIDENT_FROM]


def counts(rows: Sequence[Row]) -> dict[str, int]:
    blocked = sum(row.life.status == "blocked" for row in rows)
    expired = sum(row.life.status == "expired" for row in rows)
    return {
        "missed": len(rows),
        "blocked": blocked,
        "expired": expired,
        "never_traded": len(rows) - blocked - expired,
    }


def results(rows: Sequence[Row]) -> dict[str, Any]:
    wins = sum((row.result.pnl_e8 or 0) > 0 for row in rows)
    known = money(rows)
    share = Decimal(wins) / known["counted"] if known["counted"] else None
    return {**known, "wins": wins, "hypothetical_win_rate": None if share is None else round(share, 9)}


def money(rows: Iterable[Row]) -> dict[str, Any]:
    known = [row.result.pnl_e8 for row in rows if row.result.pnl_e8 is not None]
    return {
        "counted": len(known),
        "missed_profit": money_text(sum(pnl for pnl in known if pnl > 0)),
        "avoided_loss": money_text(-sum(pnl for pnl in known if pnl < 0)),
        "net_opportunity_cost": money_text(sum(known)),
    }
