"""Finding the fields in JSON bytes, compiled.

The scanner reads a subset of JSON: one object, no backslash, no control character, each name at most once
and known, numbers by the grammar. Of everything else it says that it is not sure. It does not judge values.

All of it is one module, because the machine code kept on disk is renewed only when its own file changes.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

P = ParamSpec("P")
R = TypeVar("R")

TEXT, REAL, WHOLE, FLAG, TIME, RECORD, JUDGED = range(7)
"""Kinds of fields."""

KIND, SIZE, FIRST, LAST, NAME = range(5)
"""Columns of the table of fields: kind, length of the name, first and end index of the fields inside,
and from there on the bytes of the name."""

ABSENT, PRESENT, NULL = range(3)
"""States of a field in a row."""

_SPACE, _QUOTE, _COMMA, _MINUS, _DOT, _ZERO, _NINE, _COLON = (ord(sign) for sign in ' ",-.09:')
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST, _BACKSLASH, _PLUS, _T, _Z = (ord(sign) for sign in "{}[]\\+TZ")
_EXPONENT = 10.0 ** np.arange(23)
"""Powers of ten that a double holds exactly."""

_SPECIAL = np.isin(np.arange(256), [*range(32), _BACKSLASH, 0x7F, 0xC2])
"""By byte: whether it may end the scanner's certainty about a text."""

_NULL_TEXT = np.frombuffer(b"null", dtype=np.uint8)
_TRUE_TEXT = np.frombuffer(b"true", dtype=np.uint8)
_FALSE_TEXT = np.frombuffer(b"false", dtype=np.uint8)
_MONTH_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


LARGEST_WHOLE = 10**18
"""Whole numbers have at most 18 digits here."""

MARGIN = 64
"""More bytes than the longest name has."""

CELL = np.dtype(
    [("real", "f8"), ("whole", "i8"), ("start", "i4"), ("size", "i4"), ("state", "u1")], align=True
)
"""What the scanner found for a field in a row."""

Cells = npt.NDArray[np.void]


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function when it is first called, and keep the machine code on disk.

    Nothing here allocates, so that arrays need no counting of references: it would take half of the time.
    """
    options: dict[str, Any] = {"nogil": True, "_nrt": False}
    try:
        return cast(Callable[P, R], numba.njit(cache=True, **options)(function))
    except RuntimeError:  # no place on disk that may be written to
        return cast(Callable[P, R], numba.njit(**options)(function))


def cells_for(fields: int, rows: int) -> Cells:
    """Return empty cells."""
    return np.zeros((rows, fields), dtype=CELL)


@compiled
def scan(table: Any, top: int, data: Any, starts: Any, cells: Cells, sure: Any) -> None:
    """Scan payloads that each end in a zero byte; fill cells, and by row whether the scanner is sure.

    `table` and `top` describe the fields, `starts` is the first byte of each payload in `data` and the end
    of the last one; `data` must go on for `MARGIN` bytes after that.
    """
    for row in range(len(starts) - 1):
        stop = _members(table, top, data, starts[row], cells, row)
        sure[row] = stop >= 0 and _blank_end(data, stop) == starts[row + 1] - 1


@compiled
def _members(table: Any, top: int, data: Any, begin: int, cells: Cells, row: int) -> int:
    """Read an object; return the place after it, or -1."""
    first, last, holder = 0, top, -1
    place = _blank_end(data, begin)
    if data[place] != _OPEN:
        return -1
    expected = first
    while True:
        name = _blank_end(data, place + 1)
        field = _field(table, data, name, expected, first, last)
        if field < 0 or cells[field, row].state != ABSENT:
            return -1
        place = _blank_end(data, name + table[field, SIZE] + 2)
        if data[place] != _COLON:
            return -1
        expected = field + 1
        place = _blank_end(data, place + 1)
        if table[field, KIND] == RECORD and data[place] == _OPEN:
            cells[field, row].state = PRESENT
            first, last, holder = int(table[field, FIRST]), int(table[field, LAST]), field
            expected = first
            continue
        place = _value(table[field, KIND], data, place, begin, cells, field, row)
        if place < 0:
            return -1
        place = _blank_end(data, place)
        if holder >= 0 and data[place] == _CLOSE:
            first, last, expected, holder = 0, top, holder + 1, -1
            place = _blank_end(data, place + 1)
        if data[place] == _CLOSE and holder < 0:
            return place + 1
        if data[place] != _COMMA:
            return -1


@compiled
def _field(table: Any, data: Any, place: int, expected: int, first: int, last: int) -> int:
    """Return the field whose name stands here in quotes, looked for from the expected one on, or -1."""
    if data[place] != _QUOTE:
        return -1
    for step in range(last - first):
        field = expected + step
        if field >= last:
            field -= last - first
        if data[place + 1 + table[field, SIZE]] == _QUOTE and _named(table, field, data, place + 1):
            return field
    return -1


@compiled
def _named(table: Any, field: int, data: Any, start: int) -> bool:
    for step in range(table[field, SIZE]):  # noqa: SIM110 - the compiler knows no generators
        if table[field, NAME + step] != data[start + step]:
            return False
    return True


@compiled
def _value(kind: int, data: Any, place: int, begin: int, cells: Cells, field: int, row: int) -> int:
    """Read a value of a kind into its cell; return the place after it, or -1."""
    if _equal(data, place, _NULL_TEXT):
        cells[field, row].state = NULL
        return place + 4
    cells[field, row].state = PRESENT
    if kind == TEXT:
        return _text(data, place, begin, cells, field, row)
    if kind in (REAL, WHOLE):
        return _number(kind, data, place, begin, cells, field, row)
    if kind == TIME:
        return _time(data, place, cells, field, row)
    if kind == FLAG:
        return _flag(data, place, cells, field, row)
    end = _any_end(data, place)
    cells[field, row].start = place - begin
    cells[field, row].size = end - place
    return end


@compiled
def _text(data: Any, place: int, begin: int, cells: Cells, field: int, row: int) -> int:
    end = _text_end(data, place)
    cells[field, row].start = place + 1 - begin
    cells[field, row].size = end - place - 1
    return end + 1 if end > 0 else -1


@compiled
def _flag(data: Any, place: int, cells: Cells, field: int, row: int) -> int:
    if _equal(data, place, _TRUE_TEXT):
        cells[field, row].whole = 1
        return place + 4
    return place + 5 if _equal(data, place, _FALSE_TEXT) else -1


@compiled
def _number(kind: int, data: Any, place: int, begin: int, cells: Cells, field: int, row: int) -> int:
    end, mantissa, exponent, digits, integral = _decimal(data, place)
    if end < 0 or (kind == WHOLE and (not integral or digits > 18)):
        return -1
    negative = data[place] == _MINUS
    if kind == WHOLE:
        cells[field, row].whole = -mantissa if negative else mantissa
        return end
    cells[field, row].start = place - begin
    cells[field, row].size = end - place
    # Both factors are exact here, so that the one rounding is the right one.
    if digits > 18 or mantissa > 1 << 53 or exponent < -22 or exponent > 22:
        cells[field, row].real = np.nan
        return end
    real = mantissa * _EXPONENT[exponent] if exponent >= 0 else mantissa / _EXPONENT[-exponent]
    # A whole number has no negative zero, a fraction has.
    cells[field, row].real = -real if negative and not (integral and mantissa == 0) else real
    return end


@compiled
def _decimal(data: Any, place: int) -> tuple[int, int, int, int, bool]:
    """Read a number.

    Return the place after it or -1, its digits as a whole number, the power of ten they are to be multiplied
    with, how many there are without leading zeros, and whether it is written as a whole number.
    """
    first = place + 1 if data[place] == _MINUS else place
    place, mantissa, digits = _digits(data, first, 0, 0)
    if place == first or (data[first] == _ZERO and place - first > 1):
        return -1, 0, 0, 0, False
    exponent, integral = 0, True
    if data[place] == _DOT:
        integral, first = False, place + 1
        place, mantissa, digits = _digits(data, first, mantissa, digits)
        exponent = first - place
    if (data[place] | 32) == 101:  # e or E
        integral, first = False, place + 1
        place, power = _power(data, first)
        exponent += power
    return (place if place != first else -1), mantissa, exponent, digits, integral


@compiled
def _digits(data: Any, place: int, mantissa: int, digits: int) -> tuple[int, int, int]:
    while _ZERO <= data[place] <= _NINE:
        if digits > 0 or data[place] != _ZERO:
            digits += 1
        if digits <= 18:
            mantissa = mantissa * 10 + (int(data[place]) - _ZERO)
        place += 1
    return place, mantissa, digits


@compiled
def _power(data: Any, first: int) -> tuple[int, int]:
    """Read the exponent of a number; the place is `first` again if there is none."""
    sign = data[first] == _MINUS or data[first] == _PLUS
    start = first + 1 if sign else first
    place, power, digits = _digits(data, start, 0, 0)
    if place == start or digits > 5:
        return first, 0
    return place, -power if data[first] == _MINUS else power


@compiled
def _time(data: Any, place: int, cells: Cells, field: int, row: int) -> int:
    """Read a time written as 2024-03-04T10:00:00.000000Z, with up to 6 digits of the second or none."""
    if data[place] != _QUOTE or not _dated(data, place + 1):
        return -1
    year, month, day = (
        _two(data, place + 1) * 100 + _two(data, place + 3),
        _two(data, place + 6),
        _two(data, place + 9),
    )
    hour, minute, second = _two(data, place + 12), _two(data, place + 15), _two(data, place + 18)
    end, fraction = _fraction(data, place + 20)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not (1990 <= year < 2200 and 1 <= month <= 12 and hour < 24 and minute < 60 and second < 60):
        return -1
    if end < 0 or day < 1 or day > _MONTH_DAYS[month] or (month == 2 and day == 29 and not leap):
        return -1
    seconds = ((_days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
    cells[field, row].whole = seconds * 1_000_000 + fraction
    return end


@compiled
def _dated(data: Any, start: int) -> bool:
    """Say whether digits and signs stand where they belong, up to the seconds."""
    for step in range(19):
        sign = data[start + step]
        if step in (4, 7):
            right = sign == _MINUS
        elif step == 10:
            right = sign == _T
        elif step in (13, 16):
            right = sign == _COLON
        else:
            right = _ZERO <= sign <= _NINE
        if not right:
            return False
    return True


@compiled
def _fraction(data: Any, place: int) -> tuple[int, int]:
    """Read what follows the seconds; return the place after the closing quote or -1, and microseconds."""
    fraction = 0
    if data[place] == _DOT:
        first = place + 1
        place, fraction, _ = _digits(data, first, 0, 0)
        if place == first or place - first > 6:
            return -1, 0
        for _ in range(6 - (place - first)):
            fraction *= 10
    if data[place] != _Z or data[place + 1] != _QUOTE:
        return -1, 0
    return place + 2, fraction


@compiled
def _days(year: int, month: int, day: int) -> int:
    """Return days since 1970-01-01 in the Gregorian calendar, its years taken to begin in March."""
    if month <= 2:
        year -= 1
    month_from_march = (month + 9) % 12
    leap_days = year // 4 - year // 100 + year // 400
    return year * 365 + leap_days + (153 * month_from_march + 2) // 5 + day - 1 - 719_468


@compiled
def _two(data: Any, place: int) -> int:
    return (int(data[place]) - _ZERO) * 10 + int(data[place + 1]) - _ZERO


@compiled
def _any_end(data: Any, place: int) -> int:
    """Return the place after a text, list or object whose inside is left unread, or -1."""
    if data[place] == _QUOTE:
        end = _text_end(data, place)
        return end + 1 if end > 0 else -1
    if data[place] not in (_OPEN, _OPEN_LIST):
        return -1
    depth = 0
    while True:
        sign = data[place]
        if sign == _QUOTE:
            place = _text_end(data, place)
        elif sign in (_OPEN, _OPEN_LIST):
            depth += 1
        elif sign in (_CLOSE, _CLOSE_LIST):
            depth -= 1
        if place < 0 or sign < _SPACE:
            return -1
        place += 1
        if depth == 0:
            return place


@compiled
def _text_end(data: Any, place: int) -> int:
    """Return the place of the quote that ends the text beginning here, or -1."""
    if data[place] != _QUOTE:
        return -1
    place += 1
    while data[place] != _QUOTE:
        sign = data[place]
        # C1 control characters are C2 80 to C2 9F in UTF-8.
        if _SPECIAL[sign] and (sign != 0xC2 or data[place + 1] < 0xA0):
            return -1
        place += 1
    return place


@compiled
def _blank_end(data: Any, place: int) -> int:
    while data[place] == _SPACE or data[place] == 10 or data[place] == 13 or data[place] == 9:
        place += 1
    return place


@compiled
def _equal(data: Any, place: int, word: Any) -> bool:
    # Stops at the first difference, hence never reads beyond the zero byte that ends a payload.
    for step in range(len(word)):  # noqa: SIM110 - the compiler knows no generators
        if data[place + step] != word[step]:
            return False
    return True
