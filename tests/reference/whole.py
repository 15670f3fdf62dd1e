"""From a log to everything that a golden case may ask of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.reference.acceptance import accepted
from tests.reference.anomalies import anomalies_of
from tests.reference.book import Book, books_of, totals_by_mode_and_currency, totals_of
from tests.reference.decay import decay_of, fill_price
from tests.reference.facts import Record
from tests.reference.guards import guard_figures
from tests.reference.ledger import Identity, Row, overlapped, rows_of, story_of
from tests.reference.missed import missed_of
from tests.reference.moments import text_of
from tests.reference.numbers import EXACT, money_text, number_text
from tests.reference.performance import performance_of
from tests.reference.series import Market, market_of
from tests.reference.settings import Settings
from tests.reference.similar import most_similar
from tests.reference.trades import RealTrade, first_real_entries, trades_of


def reference_of(records: Iterable[Record], settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the figures of a log of one partition, in the form of a case's expected.json."""
    chosen = Settings.of(settings or {})
    log = accepted(records, chosen)
    market = market_of(log.of_type("market.bar"), log.of_type("market.quote"), chosen)
    story = story_of(log)
    trades = trades_of(log, story)
    rows = rows_of(log, market, story, first_real_entries(log), chosen)
    inside = overlapped(rows)
    books = books_of(rows, trades, inside)
    kinds = anomalies_by_trade(trades, rows, market)
    return {
        "signals": {named(row.identity): signal_answer(row, row.identity in inside, trades) for row in rows},
        "guards": guards_answer(books),
        "totals": [totals_of(book) for book in books],
        "totals_by_mode_and_currency": totals_by_mode_and_currency(books),
        "trades": {named(trade.identity): trade_answer(trade, kinds[trade.identity]) for trade in trades},
        "anomalies": listed(kinds),
        "dead_letters": log.dead_letters,
        "unresolved": unresolved(rows),
        "symbols_without_prices": without_prices(rows, market),
        "money_unknown": [named(row.identity) for row in rows if row.resolved and row.result.pnl_e8 is None],
        "decay": decay_of(books, trades),
        "missed": {"/".join(book.key): missed_of(book) for book in books},
        "performance": {"/".join(book.key): performance_of(book) for book in books},
        "quotes": {symbol: {"crossed": n} for symbol, n in sorted(market.crossed.items()) if n},
    }


def named(identity: Sequence[str]) -> str:
    return "/".join(identity)


def signal_answer(row: Row, is_overlapped: bool, trades: Sequence[RealTrade]) -> dict[str, Any]:  # noqa: FBT001
    own = [trade for trade in trades if trade.signal == row.identity]
    real = [trade.pnl_e8 for trade in own if trade.counts and trade.pnl_e8 is not None]
    return {
        "status": row.life.status,
        "blockers": list(row.life.blockers),
        "first": row.life.first,
        "sole": row.life.sole,
        "chain_complete": row.life.chain_complete,
        "attempts": row.life.attempts,
        "repeats": row.repeats,
        "overlapped": is_overlapped,
        "flags": ["entry_bar_partial"] if row.partial else [],
        "entry_at": text_of(row.entry.at),
        "entry_price": number_text(row.entry.price),
        "exit_at": text_of(row.outcome.at),
        "exit_price": number_text(row.outcome.price),
        "exit_reason": row.outcome.reason,
        "pnl": money_text(row.result.pnl_e8),
        "return_ppm": row.result.return_ppm,
        "milli_r": row.result.milli_r,
        "adverse_ppm": row.outcome.adverse_ppm,
        "favourable_ppm": row.outcome.favourable_ppm,
        "decision_price": number_text(row.decision_price),
        "later_ppm": None if row.later_ppm is None else list(row.later_ppm),
        "fill_price": number_text(fill_price(row.identity, trades)),
        "real_pnl": money_text(sum(real)) if real else None,
        "trades": sorted(trade.identity[2] for trade in own),
    }


def trade_answer(trade: RealTrade, kinds: Sequence[str]) -> dict[str, Any]:
    return {
        "state": "closed" if trade.closed else "open",
        "signal_id": trade.signal[2] if trade.signal else None,
        "direction": "long" if trade.direction > 0 else "short",
        "entry_price": number_text(trade.entry_price),
        "exit_price": number_text(trade.exit_price),
        "qty": number_text(trade.qty),
        "exit_qty": number_text(trade.exit_qty),
        "open_qty": number_text(EXACT.subtract(trade.qty, trade.exit_qty)),
        "fees": money_text(trade.fees_e8),
        "pnl": money_text(trade.pnl_e8),
        "reported_pnl": money_text(trade.reported_e8),
        "computed_pnl": money_text(trade.computed_e8),
        "source": trade.source,
        "anomalies": list(kinds),
    }


def anomalies_by_trade(
    trades: Sequence[RealTrade], rows: Sequence[Row], market: Market
) -> dict[Identity, list[str]]:
    by_identity = {row.identity: row for row in rows}
    return {trade.identity: anomalies_of(trade, by_identity, market) for trade in trades}


def listed(kinds: Mapping[Identity, Sequence[str]]) -> list[dict[str, str]]:
    return [
        {"bot": bot, "run": run, "kind": kind, "trade_id": trade_id}
        for (bot, run, trade_id), found in kinds.items()
        for kind in found
    ]


def guards_answer(books: Sequence[Book]) -> dict[str, Any]:
    """Return the figures by bot/run/guard, and by mode and currency too where a guard of a run has several."""
    found = [((book.bot, book.run, guard), book) for book in books for guard in book.guards]
    times = Counter(identity for identity, _ in found)
    return {
        named(identity if times[identity] == 1 else (*identity, book.mode, book.currency)): guard_figures(
            identity[2], book
        )
        for identity, book in found
    }


def unresolved(rows: Iterable[Row]) -> dict[str, int]:
    reasons = Counter(row.outcome.reason for row in rows)
    return {"no_data": reasons["no_data"], "pending": reasons[None]}


def without_prices(rows: Iterable[Row], market: Market) -> list[dict[str, Any]]:
    counts = Counter(row.signal.symbol for row in rows if not row.has_prices)
    return [
        {"symbol": symbol, "signals": n, "most_similar": most_similar(symbol, market.series)}
        for symbol, n in sorted(counts.items())
    ]
