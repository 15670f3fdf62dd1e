"""Decimal prices and rates on doubles: rounding and counting whole columns, equal to `decimal` always."""

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal, localcontext

import numpy as np

from untaken.streams.shadow.arithmetic import (
    COARSE_PERCENT,
    F64,
    I8,
    I64,
    LEAST_PRICE,
    MOST_PRICE,
    TENS,
    UNIT,
    Bool,
    decade,
    decimal_of,
    price_of,
    product,
    scaled,
    signed,
    ten_to,
)
from untaken.streams.shadow.compiled import borrowed, kernel

PRICE_DIGITS = 12

_PRICES = Context(prec=PRICE_DIGITS, rounding=ROUND_HALF_EVEN)
_WIDE = Context(prec=1000, rounding=ROUND_HALF_EVEN)
_PERCENT_PLACES, _COARSE_PLACES, _RATE_PLACES = 16, 10, 14
_UNITS_BOUND = 9 * 10**18


def round_prices(values: F64) -> F64:
    """Round half-even to 12 significant digits the decimals that the doubles' shortest forms denote.

    Each comes out as the double nearest to its decimal, so equal decimals as equal doubles, in their order.
    What is no price (not finite, beyond 1e-30 or 1e22 in size) stays as it is.
    """
    given = borrowed(values, np.float64)
    rounded, doubtful = np.empty(given.size), np.zeros(given.size, np.bool_)
    _round_prices(given, rounded, doubtful)
    for row in np.flatnonzero(doubtful):
        rounded[row] = price_of_decimal(decimal_of_double(given[row]))
    return rounded


def percent_units(values: F64) -> I64:
    """Count percentages in 1e-16 percent (from 800 on in 1e-10), half-even; what is larger saturates."""
    return _units(values, _PERCENT_PLACES, _COARSE_PLACES)


def rate_units(bps: F64) -> I64:
    """Count rates given in basis points in 1e-18 of the whole, half-even."""
    return _units(bps, _RATE_PLACES, _RATE_PLACES)


def minutes_us(minutes: F64) -> I64:
    """Return the first whole microsecond at which so many minutes have passed, at most 1e17."""
    whole = np.floor(minutes) == minutes
    microseconds = np.where(whole, np.minimum(minutes * 6e7, 1e17), 0.0).astype(np.int64)
    for row in np.flatnonzero(~whole):
        exact = _WIDE.multiply(decimal_of_double(minutes[row]), Decimal(60_000_000))
        microseconds[row] = min(int(exact.to_integral_value(ROUND_CEILING)), 10**17)
    return microseconds


def entry_prices(side: I8, base: F64, bid: F64, ask: F64, slippage_units: I64) -> F64:
    """Return (base + side x half spread) x (1 + side x slippage), rounded once.

    A spread that is unknown (NaN), crossed, or leaves no positive price is not added.
    """
    base, bid, ask = (borrowed(column, np.float64) for column in (base, bid, ask))
    side, slippage_units = borrowed(side, np.int8), borrowed(slippage_units, np.int64)
    entry, hard = np.empty(base.size), np.zeros(base.size, np.bool_)
    _price_entries(side, base, bid, ask, slippage_units, entry, hard)
    for row in np.flatnonzero(hard):
        slip = Decimal(int(slippage_units[row])).scaleb(-18)
        entry[row] = _entry_price(int(side[row]), base[row], bid[row], ask[row], slip)
    return entry


def decimal_of_double(value: float) -> Decimal:
    """Return the decimal that the shortest form of a double denotes."""
    return Decimal(repr(float(value)))


def price_of_decimal(value: Decimal) -> float:
    """Return the double of a decimal, rounded half-even to 12 digits."""
    return float(_PRICES.plus(value))


def _entry_price(side: int, base: float, bid: float, ask: float, slip: Decimal) -> float:
    with localcontext(_WIDE):
        price, low, high = decimal_of_double(base), decimal_of_double(bid), decimal_of_double(ask)
        middle = price + side * (high - low) / 2
        return price_of_decimal((middle if middle > 0 else price) * (1 + side * slip))


@kernel
def _round_prices(values: F64, rounded: F64, doubtful: Bool) -> None:
    """Round to twelve digits; mark what lies so near a tie that only its decimal digits can tell."""
    for row in range(values.size):
        size = abs(values[row])
        rounded[row] = values[row]
        if not LEAST_PRICE <= size <= MOST_PRICE:
            continue
        places = 11 - decade(size)
        exact = scaled(size, places)
        whole = np.rint(exact)
        doubtful[row] = abs(exact - whole) > 0.499
        rounded[row] = np.copysign(price_of(int(whole), places), values[row])


@kernel
def _count_units(values: F64, places: int, coarse_places: int, units: I64, doubtful: Bool) -> None:
    """Write value x 10**places; mark values of more than eight decimals or beyond 64 bits."""
    for row in range(values.size):
        eighths = np.rint(values[row] * 1e8)
        digits = places if abs(values[row]) < COARSE_PERCENT else coarse_places
        if eighths / 1e8 == values[row] and abs(eighths) < 9e18 / ten_to(digits - 8):
            units[row] = int(eighths) * signed(TENS[digits - 8])
        else:
            doubtful[row] = True


@kernel
def _price_entries(side: I8, base: F64, bid: F64, ask: F64, slippage: I64, entry: F64, hard: Bool) -> None:
    """Write entry prices; mark rows whose spread or slippage has more digits than 64 bits hold."""
    for row in range(base.size):
        mantissa, places = decimal_of(base[row])
        factor = UNIT + side[row] * slippage[row]
        entry[row] = product(mantissa, factor, places + 18)
        if not ask[row] > bid[row]:
            continue
        bids, bid_places = decimal_of(bid[row])
        asks, ask_places = decimal_of(ask[row])
        most = max(places, bid_places, ask_places)
        if most - min(places, bid_places, ask_places) > 3 or slippage[row] % 10**10:
            hard[row] = True
            continue
        spread = asks * signed(TENS[most - ask_places]) - bids * signed(TENS[most - bid_places])
        doubled = 2 * mantissa * signed(TENS[most - places]) + side[row] * spread
        if doubled > 0:
            entry[row] = product(5 * doubled, factor // 10**10, most + 9)


def _units(values: F64, places: int, coarse_places: int) -> I64:
    given = borrowed(values, np.float64)
    units, doubtful = np.zeros(given.size, np.int64), np.zeros(given.size, np.bool_)
    _count_units(given, places, coarse_places, units, doubtful)
    if doubtful.any():
        long, back = np.unique(given[doubtful], return_inverse=True)
        exact = [_unit(value, places if abs(value) < COARSE_PERCENT else coarse_places) for value in long]
        units[doubtful] = np.array(exact, np.int64)[back]
    return units


def _unit(value: float, places: int) -> int:
    counted = int(decimal_of_double(value).scaleb(places, _WIDE).to_integral_value(ROUND_HALF_EVEN))
    return max(-_UNITS_BOUND, min(_UNITS_BOUND, counted))
