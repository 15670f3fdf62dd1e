"""Random prices and orders with what decides edge cases: ticks that touch levels, gaps, patches, sides."""

from dataclasses import replace
from random import Random

from tests.reference.moments import DAY, HOUR, MINUTE, SECOND
from tests.streams.shadow.builders import Candle, Order, Quote

Four = tuple[float, float, float, float]

SPAN = 10 * HOUR
"""How long the random prices of one series last, weekends apart."""


def random_candles(chance: Random) -> list[Candle]:
    """Return bars of one to three intervals over the same walk, some missing, some with sides of their own."""
    digits, start = chance.choice([(2, 100.0), (1, 100.0), (5, 1.1), (8, 0.00001234), (3, 43210.0)])
    steps = _steps(chance, round(start * 10**digits))
    weekend = chance.choice([0, 0, 2 * DAY, 6 * DAY])
    candles = []
    for minutes in chance.choice([(1,), (1,), (5,), (1, 5), (1, 5, 60), (60,), (5, 60)]):
        kept, shift = chance.choice([1.0, 0.95, 0.6]), chance.choice([0, 0, 0, 30 * SECOND])
        for first in range(0, len(steps), minutes):
            part = steps[first : first + minutes]
            if chance.random() < kept and not (minutes == 1 and first % 97 > 70):
                candles.append(_candle(chance, first, minutes, part, digits, shift))
    closed = SPAN // 2
    return [_after(one, weekend) if one.open_at >= closed else one for one in candles]


def random_quotes(chance: Random, candles: list[Candle]) -> list[Quote]:
    """Return quotes near some closes, a few crossed, a few at one instant."""
    quotes = []
    for one in chance.sample(candles, len(candles) // 4):
        close = one.middle[3]
        at = chance.choice([one.close_at, one.open_at, one.open_at + (one.close_at - one.open_at) // 3])
        spread = close * chance.choice([0.0, 0.001, 0.001, 0.002, -0.001])
        quotes.append(Quote(at=at, bid=close - spread, ask=close + spread))
        if chance.random() < 0.1:
            quotes.append(Quote(at=at, bid=close * 0.97, ask=close * 1.03))
    return sorted(quotes, key=lambda quote: quote.at)


def random_order(chance: Random, candles: list[Candle], series: int = 0) -> Order:
    """Return an order somewhere in the series, near its edges too."""
    near = chance.choice(candles)
    late = chance.choice([0, 0, 5 * SECOND, 5 * SECOND + 1, 6 * SECOND, 72 * SECOND, 72 * SECOND + 1])
    entry_at = near.open_at + chance.choice([late, chance.randrange(-HOUR, 2 * HOUR)])
    close = near.middle[chance.choice([0, 3])]
    order = Order(
        series=series,
        side=chance.choice([1, -1]),
        entry_at=entry_at,
        price=close,
        fee_bps=chance.choice([0.0, 5.0, 7.5, 10.0, 3.3333]),
        slippage_bps=chance.choice([0.0, 0.0, 2.0, 1.25, 0.123456789]),
        size=chance.choice([1000.0, 250.5, 123.456, 1e6, 1234.5678901234567]),
        fx=chance.choice([1.0, 1.0, 0.00625, 1.0831, None]),
        take_profit=chance.choice([4.0, 1.0, 0.5, 0.3, 0.0, 2.2, chance.uniform(0.1, 3)]),
        stop_loss=chance.choice([2.0, 1.0, 0.5, 0.3, 0.0, 1.5, chance.uniform(0.1, 3)]),
        hold=chance.choice([MINUTE // 2, 8 * MINUTE, 47 * MINUTE, HOUR, 3 * HOUR, DAY, 8 * DAY]),
    )
    return _with_extras(chance, order)


def _with_extras(chance: Random, order: Order) -> Order:
    if chance.random() < 0.3:
        order = replace(order, trailing=chance.choice([0.5, 1.0, 2.0, 0.25, chance.uniform(0.1, 3)]))
    if chance.random() < 0.3:
        steps = sorted({chance.choice([0, 1, 2.5, 10, 30, 90, 1 / 3]) for _ in range(3)})
        order = replace(order, roi=tuple((at, chance.choice([3.0, 1.0, 0.4, 0.0, -0.2])) for at in steps))
    if chance.random() < 0.3:
        offsets = sorted(chance.choice([0, 1, -MINUTE, chance.randrange(2 * HOUR)]) for _ in range(2))
        order = replace(order, exit_signals=tuple(order.entry_at + offset for offset in offsets))
    if chance.random() < 0.3:
        half = order.price * chance.choice([0.0005, 0.00013, -0.0002, 3.0])
        order = replace(order, bid=order.price - half, ask=order.price + half)
    if order.bid is not None and order.bid <= 0:
        order = replace(order, bid=1e-9)
    return order


def _steps(chance: Random, start: int) -> list[tuple[int, int, int, int]]:
    """Walk in ticks, one bar a minute, now and then with a jump or an open outside its bar."""
    width, last, steps = max(1, start // 2000), start, []
    for _ in range(SPAN // MINUTE):
        jump = chance.choice([-8, -3, 3, 8]) * width if chance.random() < 0.02 else 0
        first = max(width, last + jump)
        close = max(width, first + chance.randint(-width, width))
        high = max(first, close) + chance.randint(0, width)
        low = max(1, min(first, close) - chance.randint(0, width))
        outside = chance.choice([first, high + 1, max(1, low - 1)]) if chance.random() < 0.01 else first
        steps.append((outside, high, low, close))
        last = close
    return steps


def _candle(
    chance: Random, first: int, minutes: int, part: list[tuple[int, int, int, int]], digits: int, shift: int
) -> Candle:
    ticks = (part[0][0], max(step[1] for step in part), min(step[2] for step in part), part[-1][3])
    open_at = first * MINUTE + shift
    one = Candle(
        open_at=open_at,
        close_at=open_at + minutes * MINUTE,
        interval=minutes * MINUTE,
        middle=_prices(ticks, 0, digits),
    )
    if chance.random() < 0.3:
        one = replace(one, bid=_prices(ticks, -1, digits))
    if chance.random() < 0.3:
        one = replace(one, ask=_prices(ticks, 1, digits))
    return one


def _prices(ticks: tuple[int, int, int, int], shift: int, digits: int) -> Four:
    first, high, low, close = (max(1, tick + shift) / 10**digits for tick in ticks)
    return first, high, low, close


def _after(one: Candle, weekend: int) -> Candle:
    return replace(one, open_at=one.open_at + weekend, close_at=one.close_at + weekend)
