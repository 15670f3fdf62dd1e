"""The price series of a symbol: one source, at each moment its finest bar."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.reference.bars import Bar, bar_of_quote, is_crossed, standing
from tests.reference.facts import Fact
from tests.reference.moments import SECOND
from tests.reference.settings import Settings


@dataclass(frozen=True)
class Piece:
    """What counts of a bar: all of it, or only its close, from where finer ones end that lie over it."""

    bar: Bar
    open_at: int
    whole: bool

    @property
    def at(self) -> int:
        return self.bar.at

    def covers(self, moment: int) -> bool:
        return self.open_at <= moment < self.at


@dataclass(frozen=True)
class Step:
    """What one bar shows to a trade that is walked through it."""

    open_at: int
    at: int
    open: Decimal
    best: Decimal
    worst: Decimal
    close: Decimal
    whole: bool

    @property
    def seen(self) -> tuple[Decimal, ...]:
        """Prices that count for excursions."""
        return (self.best, self.worst) if self.whole else (self.close,)


def step_of(piece: Piece, direction: int, *, whole: bool) -> Step:
    """Return a bar as one side sees it; an open beyond the extremes widens them."""
    prices = piece.bar.side(direction)
    high, low = max(prices.open, prices.high), min(prices.open, prices.low)
    best, worst = (high, low) if direction > 0 else (low, high)
    return Step(piece.open_at, piece.at, prices.open, best, worst, prices.close, whole)


class Series:
    """Pieces that follow each other without overlap."""

    def __init__(self, bars: Sequence[Bar]) -> None:
        self.pieces = sorted(pieces_of(bars), key=lambda piece: (piece.open_at, piece.at))
        self._closes = [piece.at for piece in self.pieces]
        self._whole = [piece for piece in self.pieces if piece.whole]
        self._opens = [piece.open_at for piece in self._whole]

    def covering(self, moment: int) -> Piece | None:
        place = bisect_right(self._closes, moment)
        found = self.pieces[place] if place < len(self.pieces) else None
        return found if found is not None and found.covers(moment) else None

    def enters_partially(self, entry_at: int) -> bool:
        """Whether an entry lies in a bar of which only the close counts."""
        piece = self.covering(entry_at)
        return piece is not None and not used_whole_from(piece, entry_at)

    def steps(self, direction: int, entry_at: int) -> Iterator[Step]:
        """Yield what a trade sees from its entry on."""
        for place in range(bisect_left(self._closes, entry_at), len(self.pieces)):
            piece = self.pieces[place]
            if piece.at > entry_at or piece.open_at >= entry_at:
                yield step_of(piece, direction, whole=used_whole_from(piece, entry_at))

    def last_closed(self, moment: int) -> Piece | None:
        """Return the last piece that closed at or before a moment."""
        place = bisect_right(self._closes, moment)
        return self.pieces[place - 1] if place else None

    def first_opening(self, direction: int, not_before: int) -> Step | None:
        """Return the first whole bar that opens at or after a moment."""
        place = bisect_left(self._opens, not_before)
        return step_of(self._whole[place], direction, whole=True) if place < len(self._opens) else None


def used_whole_from(piece: Piece, entry_at: int) -> bool:
    """Whether a trade sees all of a bar: it enters before it, or just after its open."""
    after_open = entry_at - piece.open_at
    return piece.whole and (after_open <= 5 * SECOND or 50 * after_open <= piece.bar.interval)


def pieces_of(bars: Sequence[Bar]) -> list[Piece]:
    """Leave of each bar of one source what nothing finer covers, nor one of its length that opened before."""
    covers = [Cover(bars, interval) for interval in sorted({bar.interval for bar in bars})]
    pieces = []
    for bar in bars:
        ends = [end for cover in covers if cover.interval <= bar.interval for end in cover.ends_within(bar)]
        open_at = max(ends, default=bar.open_at)
        if open_at < bar.at or bar.interval == 0:
            pieces.append(Piece(bar, open_at, whole=not ends))
    return pieces


class Cover:
    """The bars of one interval, by open."""

    def __init__(self, bars: Sequence[Bar], interval: int) -> None:
        self.interval = interval
        self._bars = sorted((bar for bar in bars if bar.interval == interval), key=lambda bar: bar.open_at)
        self._opens = [bar.open_at for bar in self._bars]
        self._longest = max(bar.at - bar.open_at for bar in self._bars)

    def ends_within(self, bar: Bar) -> Iterator[int]:
        """Yield where these bars end that lie over another one."""
        first = bisect_left(self._opens, bar.open_at - self._longest)
        for place in range(first, bisect_left(self._opens, bar.at)):
            other = self._bars[place]
            before = other.interval < bar.interval or other.open_at < bar.open_at
            touches = other.at > bar.open_at or (other.interval == 0 and other.at == bar.open_at)
            if before and touches and bar.interval > 0:
                yield other.at


@dataclass(frozen=True)
class Market:
    """All price series, by symbol."""

    series: dict[str, Series]
    crossed: Counter[str]

    def of(self, symbol: str) -> Series:
        return self.series.get(symbol, Series([]))


def market_of(bars: Iterable[Fact], quotes: Iterable[Fact], settings: Settings) -> Market:
    """Choose for each symbol what serves it; quotes serve only where they are configured."""
    crossed: Counter[str] = Counter()
    candidates = {symbol: standing(facts) for symbol, facts in by_symbol(bars).items()}
    for symbol, facts in by_symbol(quotes).items():
        if symbol in settings.quoted_symbols:
            crossed[symbol] = sum(is_crossed(quote) for quote in facts)
            usable = [bar_of_quote(quote) for quote in facts if not is_crossed(quote)]
            candidates[symbol] = candidates.get(symbol, []) + usable
    chosen = {symbol: of_one_source(symbol, found, settings) for symbol, found in candidates.items()}
    return Market({symbol: Series(found) for symbol, found in chosen.items() if found}, crossed)


def by_symbol(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for fact in sorted(facts, key=lambda fact: fact.order):
        found.setdefault(fact.symbol, []).append(fact)
    return found


def of_one_source(symbol: str, bars: Sequence[Bar], settings: Settings) -> list[Bar]:
    """Keep the bars of the configured source, else of the one with the finest interval."""
    finest = min(((bar.interval, bar.source) for bar in bars), default=(0, ""))[1]
    source = settings.sources.get(symbol, finest)
    return [bar for bar in bars if bar.source == source]
