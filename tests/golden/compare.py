"""Compare an answer with what a case expects of it; whatever a case does not name is not asserted.

Money is exact, prices agree at 12 significant digits, figures with a point agree to the digits given.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

PRICE = Context(prec=12, rounding=ROUND_HALF_EVEN)

PRICES = {"entry_price", "exit_price", "decision_price", "fill_price"}
AMOUNTS = {
    "pnl",
    "real_pnl",
    "reported_pnl",
    "computed_pnl",
    "fees",
    "avoided_loss",
    "missed_profit",
    "net_saved",
    "shapley",
    "break_even_extra_cost",
    "qty",
    "exit_qty",
    "open_qty",
}
TIMES = {"entry_at", "exit_at"}
FRACTIONS = {"shapley_exact"}

WHOLE_LISTS = {
    "anomalies",
    "dead_letters",
    "symbols_without_prices",
    "money_unknown",
    "totals_by_mode_and_currency",
}
"""Sections that are complete: an entry beyond the expected ones is a difference, in any order."""

IDENTITIES = {
    "totals": ("bot", "run", "mode", "currency"),
    "totals_by_mode_and_currency": ("mode", "currency"),
    "symbols_without_prices": ("symbol",),
}
"""What an entry of a list is about; the other lists hold bare statements."""

Equal = Callable[[Any, Any], bool]


def differences(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """Return one line per figure that is not as expected: where, what it was, what was expected."""
    found: list[str] = []
    for section, wanted in expected.items():
        found += section_differences(section, wanted, answer)
    return found


def section_differences(section: str, wanted: Any, answer: Mapping[str, Any]) -> Iterator[str]:
    if section == "absent_signals":
        present = answer.get("signals", {})
        yield from (f"signals/{name}: is there, but must not be" for name in wanted if name in present)
    elif section not in answer:
        yield f"{section}: the answer has no such section"
    elif section in WHOLE_LISTS or section == "totals":
        yield from list_differences(section, wanted, answer[section])
    else:
        yield from value_differences(section, wanted, answer[section])


def list_differences(section: str, wanted: Sequence[Any], got: Sequence[Any]) -> Iterator[str]:
    """Match entries in any order; each entry answers for one expected one."""
    left = list(got)
    for entry in wanted:
        best = min(left, key=lambda one: distance(section, entry, one), default=None)
        if best is None or not same_thing(section, entry, best):
            yield f"{section}: {shown(entry)} is not among {shown(left)}"
        else:
            left.remove(best)
            yield from value_differences(f"{section}/{named(section, entry)}", entry, best)
    if section in WHOLE_LISTS:
        yield from (f"{section}: {shown(entry)} is not expected" for entry in left)


def distance(section: str, wanted: Any, got: Any) -> tuple[bool, int]:
    """Return how far an entry is from an expected one: another thing first, then by its figures."""
    return not same_thing(section, wanted, got), len(list(value_differences(section, wanted, got)))


def same_thing(section: str, wanted: Any, got: Any) -> bool:
    names = IDENTITIES.get(section, ())
    if not names:
        return not list(value_differences(section, wanted, got))
    return all(name not in wanted or wanted[name] == got.get(name) for name in names)


def named(section: str, entry: Any) -> str:
    return "/".join(str(entry.get(name)) for name in IDENTITIES.get(section, ())) or shown(entry)


def value_differences(path: str, wanted: Any, got: Any) -> Iterator[str]:
    if isinstance(wanted, Mapping):
        yield from mapping_differences(path, wanted, got)
    elif isinstance(wanted, list):
        yield from sequence_differences(path, wanted, got)
    elif not equality_of(path, wanted)(wanted, got):
        yield f"{path}: was {shown(got)}, expected {shown(wanted)}"


def mapping_differences(path: str, wanted: Mapping[str, Any], got: Any) -> Iterator[str]:
    if not isinstance(got, Mapping):
        yield f"{path}: was {shown(got)}, expected {shown(wanted)}"
        return
    for name, value in wanted.items():
        if name in got:
            yield from value_differences(f"{path}/{name}", value, got[name])
        else:
            yield f"{path}/{name}: is missing, expected {shown(value)}"


def sequence_differences(path: str, wanted: Sequence[Any], got: Any) -> Iterator[str]:
    if not isinstance(got, Sequence) or isinstance(got, str) or len(got) != len(wanted):
        yield f"{path}: was {shown(got)}, expected {shown(wanted)}"
        return
    for place, (value, other) in enumerate(zip(wanted, got, strict=True)):
        yield from value_differences(f"{path}/{place}", value, other)


def equality_of(path: str, wanted: Any) -> Equal:
    """Return how two leaves are compared: by the name of the figure, else by the kind of value expected."""
    names = [part for part in path.split("/") if not part.isdigit()]
    if wanted is None or isinstance(wanted, bool):
        return lambda value, other: value is other
    if isinstance(wanted, Decimal):
        return equal_to_the_digits_given
    if isinstance(wanted, int):
        return lambda value, other: not isinstance(other, bool) and decimal(other) == value
    return text_equality(names[-1], wanted)


def text_equality(name: str, wanted: str) -> Equal:
    if name in PRICES:
        return lambda value, other: same(PRICE.create_decimal, value, other)
    if name in AMOUNTS or is_money(wanted):
        return lambda value, other: same(Decimal, value, other)
    if name in TIMES:
        return lambda value, other: same(datetime.fromisoformat, value, other)
    if name in FRACTIONS:
        return lambda value, other: same(Fraction, value, other)
    return lambda value, other: bool(value == other)


def is_money(text: str) -> bool:
    """Whether a text is an amount with eight places, wherever it stands (`sole`, bounds)."""
    whole, point, places = text.partition(".")
    return bool(point) and len(places) == 8 and (whole.lstrip("-") + places).isdecimal()


def same(read: Callable[[str], Any], value: Any, other: Any) -> bool:
    if other is None:
        return False
    try:
        return bool(read(str(value)) == read(str(other)))
    except (ValueError, InvalidOperation):
        return False


def equal_to_the_digits_given(value: Decimal, other: Any) -> bool:
    got = decimal(other)
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return got is not None and abs(got - value) <= Decimal("0.500001").scaleb(exponent)


def decimal(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else text[:300] + "..."
