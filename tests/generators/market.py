"""Random-walk prices as bars and quotes: with gaps, repairs, patches of finer bars, sides, crossed quotes."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.generators.chance import Chance
from tests.generators.world import QUOTED, START, Feed, Symbol
from tests.reference.bars import microseconds_of
from tests.reference.moments import DAY, HOUR, MINUTE, SECOND, microseconds, text_of

Event = dict[str, Any]

TICK_STEP = 5 * MINUTE
"""Spacing of the random walk that all feeds of a symbol see."""


@dataclass(frozen=True)
class Path:
    """Prices of one symbol in whole ticks of 10^-digits, one (open, high, low, close) a step."""

    digits: int
    steps: list[tuple[int, int, int, int]]

    def at(self, moment: int) -> float:
        """Return the last price known at a moment."""
        place = min(max((moment - START) // TICK_STEP - 1, 0), len(self.steps) - 1)
        return self.price(self.steps[place][3])

    def price(self, ticks: int) -> float:
        return float(Decimal(ticks).scaleb(-self.digits))

    def over(self, since: int, until: int) -> tuple[int, int, int, int]:
        """Return open, high, low and close over a span of steps."""
        steps = self.steps[(since - START) // TICK_STEP : (until - START) // TICK_STEP]
        return steps[0][0], max(s[1] for s in steps), min(s[2] for s in steps), steps[-1][3]


def walk(symbol: Symbol, days: float, chance: Chance) -> Path:
    """Walk in ticks; now and then the next step opens away from the last close."""
    last = round(symbol.start * 10**symbol.digits)
    steps = []
    for _ in range(round(days * DAY / TICK_STEP)):
        width = max(1, round(last * 0.0025))
        first = last + (round(chance.gauss(0, 2 * width)) if chance.happens(0.04) else 0)
        close = max(2, first + round(chance.gauss(0, width)))
        high = max(first, close) + abs(round(chance.gauss(0, width / 2)))
        low = max(1, min(first, close) - abs(round(chance.gauss(0, width / 2))))
        steps.append((max(2, first), max(2, high), low, close))
        last = close
    return Path(symbol.digits, steps)


def bars_of(symbol: Symbol, path: Path, chance: Chance) -> list[Event]:
    """Return the bars of all feeds of a symbol, some missing, some repaired."""
    bars = []
    for feed in symbol.feeds:
        for open_at, at in spans(feed, path, chance):
            bar = bar_of(symbol, feed, path, open_at, at, chance)
            bars.append(bar)
            if chance.happens(0.03):
                bars.append(repaired(bar, symbol, chance))
            if chance.happens(0.004):
                bars.append(shifted(bar, chance))
    return bars


def spans(feed: Feed, path: Path, chance: Chance) -> Iterator[tuple[int, int]]:
    """Yield open and close of the bars that a feed delivers."""
    interval = microseconds_of(feed.interval)
    end = START + len(path.steps) * TICK_STEP
    hole = START + chance.randrange(1, max(2, (end - START) // HOUR)) * HOUR
    hole_length = chance.one_of(0, HOUR, 2 * HOUR)
    for open_at in range(START, end - interval + 1, interval):
        in_hole = hole <= open_at < hole + hole_length
        if is_open(feed.windows, open_at) and not in_hole and not chance.happens(0.02):
            yield open_at, open_at + interval


def is_open(windows: str, moment: int) -> bool:
    """Whether a feed is there: by day, in patches across full hours, in the first hours only, or always."""
    since = moment - START
    if windows == "sessions":
        return 6 * HOUR <= since % DAY < 21 * HOUR
    if windows == "patches":
        return 25 * MINUTE <= since % (3 * HOUR) < 100 * MINUTE
    if windows == "first hours":
        return since < 7 * HOUR
    return True


def bar_of(symbol: Symbol, feed: Feed, path: Path, open_at: int, at: int, chance: Chance) -> Event:
    ticks = path.over(open_at, at)
    bar: Event = {
        "type": "market.bar",
        "id": f"bar-{symbol.name}-{feed.source or ''}-{feed.interval}-{(open_at - START) // MINUTE:05d}",
        "at": text_of(at),
        "bot": "feed",
        "symbol": symbol.name,
        "interval": feed.interval,
        "open_at": text_of(open_at),
        **dict(zip(("open", "high", "low", "close"), map(path.price, ticks), strict=True)),
    }
    if feed.source is not None:
        bar["source"] = feed.source
    if feed.sided and not chance.happens(0.05):
        for side, shift in (("bid", -chance.between(1, 4)), ("ask", chance.between(1, 4))):
            for name, tick in zip(("open", "high", "low", "close"), ticks, strict=True):
                bar[f"{side}_{name}"] = path.price(tick + shift)
    if symbol.many_digits and chance.happens(0.3):
        bar["high"] = float(Decimal(repr(bar["high"])) + Decimal(chance.between(1, 9999)).scaleb(-13))
    if chance.happens(0.005):
        bar["open"] = path.price(ticks[1] + 2)
    return bar


def repaired(bar: Event, symbol: Symbol, chance: Chance) -> Event:
    """Return the bar once more with other extremes, with a revision or only with a later arrival."""
    other = {**bar, "id": bar["id"] + chance.one_of("-r", "-0", "+")}
    if chance.happens(0.7):
        other["revision"] = chance.between(1, 3)
    scale = 10**symbol.digits
    other["low"] = max(1 / scale, round(bar["low"] * (1 - chance.random() * 0.01) * scale) / scale)
    other["high"] = max(
        other["low"], round(bar["high"] * (1 + (chance.random() - 0.4) * 0.01) * scale) / scale
    )
    other["high"] = max(other["high"], bar["open"], bar["close"])
    return other


def shifted(bar: Event, chance: Chance) -> Event:
    """Return a bar of the same length that lies over this one and the next."""
    late = chance.between(1, 4) * MINUTE
    moved = {name: text_of(microseconds(bar[name]) + late) for name in ("open_at", "at")}
    return {**bar, **moved, "id": bar["id"] + "-shifted"}


def quotes_of(symbol: Symbol, path: Path, chance: Chance) -> list[Event]:
    """Return quotes at odd moments, some of them crossed, and a few of a symbol that bars serve."""
    share = 0.5 if symbol.name == QUOTED else 0.02
    quotes = []
    for place, (_, high, low, close) in enumerate(path.steps):
        if not chance.happens(share):
            continue
        middle = chance.one_of(high, low, close)
        spread = chance.one_of(0, 1, 2, 5) if not chance.happens(0.05) else -chance.between(1, 3)
        quotes.append(
            {
                "type": "market.quote",
                "id": f"quote-{symbol.name}-{place:05d}",
                "at": text_of(START + place * TICK_STEP + chance.between(1, 290) * SECOND + 137),
                "bot": "feed",
                "symbol": symbol.name,
                "bid": path.price(max(1, middle - spread)),
                "ask": path.price(max(1, middle + spread)),
            }
        )
    return quotes
