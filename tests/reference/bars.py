"""Bars and quotes: which copy of a bar stands, and what each side of a trade sees of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tests.reference.facts import Fact
from tests.reference.moments import DAY, HOUR, MINUTE, SECOND
from tests.reference.numbers import EXACT, half, price

UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY, "M": 30 * DAY}


@dataclass(frozen=True)
class Prices:
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


@dataclass(frozen=True)
class Bar:
    """Covers [open_at, at); a quote is a bar of length nothing."""

    source: str
    interval: int
    open_at: int
    at: int
    bid: Prices
    ask: Prices
    middle: Decimal
    """What a bar closed at; of a quote what lies halfway between bid and ask."""

    def side(self, direction: int) -> Prices:
        """Return the prices at which such a trade is left: a long (1) sells at the bid, a short (-1) buys back."""
        return self.bid if direction > 0 else self.ask


def microseconds_of(interval: str) -> int:
    return int(interval[:-1]) * UNITS[interval[-1]]


def standing(facts: Iterable[Fact]) -> list[Bar]:
    """Keep of each bar the copy with the highest (revision, appended_at, id)."""
    best: dict[tuple[str, int, int], Fact] = {}
    for fact in sorted(facts, key=lambda fact: (fact.body.get("revision") or 0, fact.appended_at, fact.id)):
        best[source_of(fact), microseconds_of(fact.body["interval"]), fact.moment("open_at") or 0] = fact
    return [bar_of(fact, *key) for key, fact in best.items()]


def source_of(fact: Fact) -> str:
    return str(fact.body.get("source") or "")


def bar_of(fact: Fact, source: str, interval: int, open_at: int) -> Bar:
    plain = prices_of(fact, "")
    bid = plain if fact.body.get("bid_close") is None else prices_of(fact, "bid_")
    ask = plain if fact.body.get("ask_close") is None else prices_of(fact, "ask_")
    return Bar(source, interval, open_at, fact.at, bid, ask, plain.close)


def prices_of(fact: Fact, side: str) -> Prices:
    return Prices(*(price(fact.body[side + name]) for name in ("open", "high", "low", "close")))


def is_crossed(quote: Fact) -> bool:
    return price(quote.body["bid"]) > price(quote.body["ask"])


def bar_of_quote(quote: Fact) -> Bar:
    bid, ask = price(quote.body["bid"]), price(quote.body["ask"])
    at_bid, at_ask = Prices(bid, bid, bid, bid), Prices(ask, ask, ask, ask)
    middle = price(half(EXACT.add(bid, ask)))
    return Bar(source_of(quote), 0, quote.at, quote.at, at_bid, at_ask, middle)
