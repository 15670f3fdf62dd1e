"""How figures are written: real minus signs, thousands apart, and a dash where a figure is not known."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

Number = Decimal | float | int

UNKNOWN = "–"
MINUS = "\N{MINUS SIGN}"


def exact(value: Number) -> Decimal:
    """Give the decimal that the number was written as."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def total(values: Iterable[Number | None]) -> Decimal | None:
    """Add up what is known; None if nothing is."""
    known = [exact(value) for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def written(value: Number | None, decimals: int, *, signed: bool = False) -> str:
    """Write a number with that many decimals; a zero after rounding has no sign."""
    if value is None:
        return UNKNOWN
    rounded = exact(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    if rounded == 0:
        return f"{abs(rounded):,f}"
    sign = MINUS if rounded < 0 else "+" if signed else ""
    return f"{sign}{abs(rounded):,f}"


def count(value: int | None) -> str:
    return written(value, 0)


def percent(share: Number | None, decimals: int = 0) -> str:
    """Write a share of one in percent."""
    return UNKNOWN if share is None else f"{written(exact(share) * 100, decimals)} %"


def probability(value: float) -> str:
    """Write a probability; what rounds to sure or impossible is neither."""
    return "over 99 %" if value > 0.995 else "under 1 %" if value < 0.005 else percent(value)


def p_value(value: float | None) -> str:
    return "below 0.001" if value is not None and value < 0.001 else written(value, 3)


def share(part: int | None, whole: int | None) -> str:
    return percent(part / whole) if part is not None and whole else UNKNOWN


def ppm(value: Number | None) -> str:
    """Write parts per million of size in percent."""
    return UNKNOWN if value is None else f"{written(exact(value) / 10_000, 2, signed=True)} %"


def in_r(milli_r: Number | None, decimals: int = 2) -> str:
    """Write milli-R in R."""
    return UNKNOWN if milli_r is None else f"{written(exact(milli_r) / 1000, decimals, signed=True)} R"


def ratio(value: Number | str | None, decimals: int = 2) -> str:
    """Write a ratio; one that the document calls by a word (`undefined`) keeps its word."""
    return value if isinstance(value, str) else written(value, decimals)


def counted(number: int, singular: str, plural: str = "") -> str:
    """Write `1 signal`, `1,200 signals`."""
    return f"{count(number)} {singular if number == 1 else plural or singular + 's'}"


_UNITS = ((86_400e6, "d"), (3_600e6, "h"), (60e6, "min"), (1e6, "s"), (1e3, "ms"))


def duration(microseconds: Number | None) -> str:
    """Write a duration in the unit that leaves it small, `1.5 s`, `7 min`; about three digits."""
    if microseconds is None:
        return UNKNOWN
    us = float(microseconds)
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(us) >= size * 0.9995), (1.0, "µs"))
    value = us / size
    decimals = 0 if abs(value) >= 99.5 or round(value, 1) == round(value) else 1
    return f"{written(value, decimals)} {unit}"


def delay(seconds: Number | None) -> str:
    return UNKNOWN if seconds is None else duration(float(seconds) * 1e6)


def too_few(n: int, needed: int, things: str) -> str:
    """Say that a figure is not known yet, and what it would need."""
    return f"too few: {count(n)} of {count(needed)} {things}"


@dataclass(frozen=True)
class Money:
    """Writes amounts of one currency with one number of decimals, so that columns line up."""

    currency: str
    decimals: int = 2

    @classmethod
    def fitting(cls, currency: str, amounts: Iterable[Number | None]) -> "Money":
        """Choose the decimals that leave the largest amount four digits: 2 for dollars, more for bitcoins."""
        largest = max((abs(exact(amount)) for amount in amounts if amount is not None), default=Decimal(0))
        if largest == 0 or largest >= 10:
            return cls(currency)
        return cls(currency, min(8, 3 - largest.adjusted()))

    def rounded(self, largest: Number) -> "Money":
        """Return the same without cents, for narrow cells, where the largest amount leaves them no meaning."""
        return Money(self.currency, 0) if abs(exact(largest)) >= 100 else self

    def plain(self, amount: Number | None) -> str:
        return written(amount, self.decimals)

    def signed(self, amount: Number | None) -> str:
        return written(amount, self.decimals, signed=True)

    def named(self, amount: Number | None) -> str:
        return UNKNOWN if amount is None else f"{self.plain(amount)} {self.currency}"

    def named_signed(self, amount: Number | None) -> str:
        return UNKNOWN if amount is None else f"{self.signed(amount)} {self.currency}"
