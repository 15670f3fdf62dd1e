"""The window that is asked for: a length, a beginning, an end; whoever asks, it is read and refused alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from untaken.config import MAX_HOURS
from untaken.errors import UntakenError
from untaken.schemas.settings import MICROSECONDS
from untaken.schemas.times import instant, to_us
from untaken.streams.view import Window

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class WindowRefused(UntakenError):
    """The window asked for does not exist; nothing is shown."""


def moment_of(name: str, value: date | str | None) -> int | None:
    """Return a time in microseconds; a date alone is its first moment in UTC. `name` is what asked for it."""
    if value is None:
        return None
    try:
        return to_us(instant(f"{value}T00:00:00Z" if _is_date(value) else value))
    except ValueError:
        raise WindowRefused(
            f"{name} was {str(value)!r}; a time with its zone is allowed, such as 2024-03-04T10:00:00Z, "
            "or a date, such as 2024-03-04"
        ) from None


def _is_date(value: date | str) -> bool:
    if isinstance(value, str):
        return _DATE.fullmatch(value) is not None
    return not isinstance(value, datetime)


@dataclass(frozen=True)
class Span:
    """A window as it is asked for: its bounds, or so many hours to the end of the log; none of them is everything."""

    hours: float | None = None
    since: int | None = None
    until: int | None = None

    def window(self, watermark: int | None, now: int | None) -> Window:
        """Return the window in a log whose newest event is of this time (None: it has none).

        `now` is the present, for a log that is live.
        """
        end = now or (None if watermark is None else watermark + 1)
        if self.hours is None or end is None:
            return Window(self.since, self.until)
        return Window(end - _microseconds(self.hours), end)


@dataclass(frozen=True)
class Words:
    """What a window's parts are called by whoever asks: options on the command line, arguments in Python."""

    hours: str = "hours"
    since: str = "since"
    until: str = "until"


ARGUMENTS = Words()
OPTIONS = Words("--hours", "--since", "--until")


def span_of(
    hours: float | None,
    since: date | str | None,
    until: date | str | None,
    *,
    words: Words = ARGUMENTS,
) -> Span:
    """Return the window that is asked for; hours begin at `since`, or end at `until`, or with the log.

    Raises WindowRefused for an empty or an impossible one.
    """
    first, last = moment_of(words.since, since), moment_of(words.until, until)
    if first is not None and last is not None and first >= last:
        raise WindowRefused(f"the window is empty: {words.since} {since} is not before {words.until} {until}")
    if hours is None:
        return Span(None, first, last)
    if not 0 < hours <= MAX_HOURS:
        raise WindowRefused(f"{words.hours} was {hours:g}; more than 0 and at most {MAX_HOURS:,} is allowed")
    if first is not None and last is not None:
        raise WindowRefused(
            f"{words.hours}, {words.since} and {words.until} are one too many: two of them make a window"
        )
    length = _microseconds(hours)
    if first is not None:
        return Span(None, first, first + length)
    return Span(hours) if last is None else Span(None, last - length, last)


def _microseconds(hours: float) -> int:
    return round(hours * 3600 * MICROSECONDS)
