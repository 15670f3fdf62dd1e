"""Exact decimal arithmetic on doubles, for the kernels.

A price is the double nearest to mantissa / 10**places with twelve digits in the mantissa. Products are
taken in 64-bit integers that wrap around: a quotient estimated in doubles is off by far less than one, so
what remains of the product fits into 64 bits again and says exactly on which side of a tie it lies.
"""

import numpy as np
import numpy.typing as npt

from untaken.streams.shadow.compiled import helper

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
I8 = npt.NDArray[np.int8]
U64 = npt.NDArray[np.uint64]
Bool = npt.NDArray[np.bool_]

UNIT = 10**18
"""One, in the units in which factors and rates are counted."""
COARSE_UNIT = 10**12
COARSE_PERCENT = 800.0
"""From here on percentages are counted in 1e-10 instead of 1e-16, lest a factor leave 64 bits."""

LEAST_PRICE, MOST_PRICE = 1e-30, 1e22
"""Prices are between these; with some room around what events admit."""

_OFFSET = 330
_TEN: F64 = np.array([float(f"1e{power}") for power in range(-_OFFSET, 309)])
_TEN_REST: F64 = np.array([float(10**power - int(float(10**power))) for power in range(80)])
"""What the doubles of the powers of ten from 1e23 on leave out."""
TENS: U64 = np.array([10**power for power in range(20)], dtype=np.uint64)


@helper
def signed(word: np.uint64) -> int:
    """Read 64 bits as a signed number."""
    return np.int64(word)  # type: ignore[return-value]  # numba's integers are these


@helper
def decade(value: float) -> int:
    """Return floor(log10(value)) of the decimal that a positive double denotes."""
    exponent = ((np.float64(value).view(np.int64) >> 52) & 0x7FF) - 1023
    power = int((exponent * 1233) >> 12)  # 1233 / 4096 is close to log10(2)
    while value < _TEN[power + _OFFSET]:
        power -= 1
    while value >= _TEN[power + 1 + _OFFSET]:
        power += 1
    return power


@helper
def ten_to(power: int) -> float:
    return _TEN[power + _OFFSET]  # type: ignore[no-any-return]  # an element, not an array


@helper
def scaled(value: float, places: int) -> float:
    """Return value x 10**places within three roundings."""
    if places > 22:
        return value * 1e22 * _TEN[places - 22 + _OFFSET]  # type: ignore[no-any-return]
    if places >= 0:
        return value * _TEN[places + _OFFSET]  # type: ignore[no-any-return]
    return value / _TEN[_OFFSET - places]  # type: ignore[no-any-return]


@helper
def _split(value: float) -> tuple[float, float]:
    """Cut a double into two halves whose products are exact (Veltkamp)."""
    wide = value * 134217729.0
    high = wide - (wide - value)
    return high, value - high


@helper
def _divided(mantissa: int, places: int) -> float:
    """Return mantissa / 10**places, where that power is no double, as near as doubles come."""
    ten = _TEN[places + _OFFSET]
    near = mantissa / ten
    (high, low), (ten_high, ten_low) = _split(near), _split(ten)
    whole = near * ten
    error = ((high * ten_high - whole) + high * ten_low + low * ten_high) + low * ten_low
    return near + (((mantissa - whole) - error) - near * _TEN_REST[places]) / ten  # type: ignore[no-any-return]


@helper
def price_of(mantissa: int, places: int) -> float:
    """Return the double nearest to a decimal."""
    if mantissa == 10**12:
        mantissa, places = 10**11, places - 1
    if places > 22:
        return _divided(mantissa, places)
    if places >= 0:
        return mantissa / _TEN[places + _OFFSET]  # type: ignore[no-any-return]
    return mantissa * _TEN[_OFFSET - places]  # type: ignore[no-any-return]


@helper
def decimal_of(price: float) -> tuple[int, int]:
    """Return mantissa and places of a price, the way back from `price_of`."""
    places = 11 - decade(price)
    return int(np.rint(scaled(price, places))), places


@helper
def product(mantissa: int, factor: int, places: int) -> float:
    """Return mantissa x factor / 10**places, below 1e31 / 10**places, rounded half-even to twelve digits."""
    estimate = np.float64(mantissa) * np.float64(factor)
    drop = decade(estimate) - 11
    if drop <= 0:
        return price_of(int(estimate * _TEN[_OFFSET - drop]), places - drop)
    whole = int(np.rint(estimate / _TEN[drop + _OFFSET]))
    rest = signed(np.uint64(mantissa) * np.uint64(factor) - np.uint64(whole) * TENS[drop])
    half = signed(TENS[drop] >> np.uint64(1))
    odd = whole & 1
    if rest > half or (rest == half and odd):
        whole += 1
    elif rest < -half or (rest == -half and odd):
        whole -= 1
    return price_of(whole, places - drop)


@helper
def level(price: float, percent: float, units: int, direction: int) -> float:
    """Return price x (1 + direction x percent / 100), zero where that is not positive."""
    mantissa, places = decimal_of(price)
    if abs(percent) < COARSE_PERCENT:
        factor, places = UNIT + direction * units, places + 18
    else:
        factor, places = COARSE_UNIT + direction * units, places + 12
    return product(mantissa, factor, places) if factor > 0 else 0.0
