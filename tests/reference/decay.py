"""Signal decay: durations in buckets, what fills lost against the decision, what is left of the edge later."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.reference.book import Book
from tests.reference.ledger import DELAYS, Row
from tests.reference.numbers import PRICE
from tests.reference.trades import RealTrade


def decay_of(books: Sequence[Book], trades: Sequence[RealTrade]) -> dict[str, Any]:
    """Return the figures by bot/run/strategy/symbol, and by mode and currency too where there are several."""
    found = [
        (book, key, figures)
        for book in books
        for key, rows in by_strategy_and_symbol(book).items()
        if anything(figures := decay(rows, book, trades))
    ]
    times = Counter((book.bot, book.run, *key) for book, key, _ in found)
    return {
        "/".join(
            (book.bot, book.run, *key)
            if times[book.bot, book.run, *key] == 1
            else (book.bot, book.run, *key, book.mode, book.currency)
        ): figures
        for book, key, figures in found
    }


def anything(figures: Mapping[str, Any]) -> bool:
    """Whether any signal has a duration, a fill or an edge: what has none is not listed."""
    stages = [figures["to_decision"], figures["to_fill"]]
    counted = [count for stage in stages for count in (stage["n"], stage["negative"])]
    return any((*counted, figures["shortfall_bps"]["n"], figures["edge_n"]["0"]))


def by_strategy_and_symbol(book: Book) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = {}
    for row in book.rows:
        found.setdefault((str(row.signal.body["strategy"]), row.signal.symbol), []).append(row)
    return found


def decay(rows: Sequence[Row], book: Book, trades: Sequence[RealTrade]) -> dict[str, Any]:
    lost = [e8_of(row, price) for row in rows if (price := fill_price(row.identity, trades)) is not None]
    return {
        "to_decision": durations(
            row.life.decided_at - row.signal.at for row in rows if row.life.decided_at is not None
        ),
        "to_fill": durations(
            row.life.filled_at - row.signal.at for row in rows if row.life.filled_at is not None
        ),
        "shortfall_bps": {"n": len(lost), "mean": figure(sum(lost), 10_000 * len(lost))},
        **edges([row for row in book.in_turn(rows) if row.later_ppm is not None]),
    }


def durations(found: Iterable[int]) -> dict[str, Any]:
    """Count what is not negative in the buckets of an integer histogram; the rest apart."""
    every = list(found)
    known = [us for us in every if us >= 0]
    return {
        "n": len(known),
        "negative": len(every) - len(known),
        "sum_us": sum(known),
        "buckets": {str(bucket): n for bucket, n in sorted(Counter(bucket_of(us) for us in known).items())},
    }


def bucket_of(us: int) -> int:
    """Return the bucket: of sizes from 64 on every power of two is cut into 64."""
    bits = us.bit_length()
    return us if bits <= 6 else 64 * (bits - 6) + us // 2 ** (bits - 7) - 64


def edges(rows: Sequence[Row]) -> dict[str, Any]:
    """Compare each delay with entering at once, over the signals that both are known of."""
    columns = {
        seconds: [
            (later[place], row.result.return_ppm)
            for row in rows
            if (later := row.later_ppm) is not None and later[place] is not None
        ]
        for place, seconds in enumerate(DELAYS)
    }
    at_once = [row.result.return_ppm or 0 for row in rows]
    return {
        "edge_n": {"0": len(rows), **{str(seconds): len(pairs) for seconds, pairs in columns.items()}},
        "edge_ppm": {
            "0": figure(sum(at_once), len(rows)),
            **{
                str(s): figure(sum(later or 0 for later, _ in pairs), len(pairs))
                for s, pairs in columns.items()
            },
        },
        "paired_difference_ppm": {
            str(s): figure(sum((later or 0) - (once or 0) for later, once in pairs), len(pairs))
            for s, pairs in columns.items()
        },
    }


def figure(total: int, n: int) -> Decimal | None:
    """Return a mean to six digits; None of nothing."""
    return round(Decimal(total) / Decimal(n), 6) if n else None


def fill_price(signal: Sequence[str], trades: Iterable[RealTrade]) -> Decimal | None:
    """Return the entry price of all trades of a signal, weighted by quantity."""
    entered = [
        (trade.entry_price, trade.qty)
        for trade in trades
        if trade.signal == tuple(signal) and trade.entry_price is not None and trade.qty > 0
    ]
    if not entered:
        return None
    paid = sum((Fraction(price) * Fraction(qty) for price, qty in entered), Fraction(0))
    mean = paid / sum((Fraction(qty) for _, qty in entered), Fraction(0))
    return PRICE.divide(Decimal(mean.numerator), Decimal(mean.denominator))


def e8_of(row: Row, price: Decimal) -> int:
    """Return what a fill lost against the decision's price, in 1e-8 of it."""
    side = 1 if row.signal.body["direction"] == "long" else -1
    lost = side * (Fraction(price) - Fraction(row.decision_price)) / Fraction(row.decision_price)
    return round(lost * 10**8)
