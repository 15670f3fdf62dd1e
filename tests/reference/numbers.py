"""Exact numbers: decimals that never round unseen, prices of 12 digits, money in 1e-8, text for the answer."""

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from fractions import Fraction

PRICE = Context(prec=12, rounding=ROUND_HALF_EVEN)
EXACT = Context(prec=400, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
"""Raises where a result would have to be rounded."""


def number(value: object) -> Decimal:
    """Return a JSON number as the decimal it was written as."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def price(value: object) -> Decimal:
    """Return a number rounded half-even to 12 significant digits."""
    return PRICE.plus(number(value))


def percent(value: object) -> Decimal:
    return EXACT.scaleb(number(value), -2)


def basis_points(value: object) -> Decimal:
    return EXACT.scaleb(number(value), -4)


def half(value: Decimal) -> Decimal:
    return EXACT.multiply(value, Decimal("0.5"))


def moved(base: Decimal, share: Decimal, direction: int) -> Decimal:
    """Return the price base x (1 + direction x share)."""
    factor = EXACT.add(Decimal(1), EXACT.multiply(Decimal(direction), share))
    return PRICE.plus(EXACT.multiply(base, factor))


def e8(amount: Fraction) -> int:
    """Return money as an integer of 1e-8; `round` of a Fraction is half-even."""
    return round(amount * 10**8)


def ppm(share: Fraction) -> int:
    return round(share * 10**6)


def money_text(amount: int | None) -> str | None:
    if amount is None:
        return None
    whole, part = divmod(abs(amount), 10**8)
    return f"{'-' if amount < 0 else ''}{whole}.{part:08d}"


def number_text(value: Decimal | None) -> str | None:
    if value is None:
        return None
    return "0" if value == 0 else f"{EXACT.normalize(value):f}"
