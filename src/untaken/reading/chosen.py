"""What is chosen of a log in Python: a window, a bot, a run, a mode, a strategy, a symbol."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, TypedDict, get_args

from untaken.errors import UntakenError
from untaken.reading.windows import Span, WindowRefused, span_of
from untaken.schemas.kinds import Mode
from untaken.streams.view import Filters

_FILTERS = ("bot", "run", "mode", "strategy", "symbol")
_WINDOW = ("hours", "days", "since", "until", "everything")
HOURS_PER_DAY = 24.0


class Narrowing(TypedDict, total=False):
    """What may be chosen beside the length of a window."""

    since: date | str
    """From this time on: a datetime with a zone, RFC 3339, or a date in UTC."""
    until: date | str
    """Before this time."""
    everything: bool
    """The whole log."""
    bot: str | None
    run: str | None
    mode: Literal["live", "paper", "backtest"] | None
    strategy: str | None
    symbol: str | None
    exact: bool
    """Money as integers of 1e-8 of the account currency, in columns that end in `_e8`, instead of floats."""


class BesideHours(Narrowing, total=False):
    days: float
    """Length of the window in days."""


class BesideDays(Narrowing, total=False):
    hours: float
    """Length of the window: it begins at `since`, or ends at `until`, or with the log."""


class Chosen(BesideHours, BesideDays, total=False):
    """What may be chosen, each by itself or together; what is left out stays as it was."""


CHOICES = ("hours", "days", "since", "until", "everything", *_FILTERS, "exact")


class ChoiceRefused(UntakenError, TypeError):
    """There is no such choice; nothing is read."""


@dataclass(frozen=True)
class Choice:
    """What a reader reads. `span` None: nothing was said of the window, and each frame has its own default."""

    filters: Filters = field(default_factory=Filters)
    span: Span | None = None
    exact: bool = False

    def narrowed(self, chosen: Mapping[str, Any]) -> Choice:
        """Return it with other choices; those of the window go together. Raises ChoiceRefused or WindowRefused."""
        for name in chosen:
            _demand_known(name)
        filters = {name: chosen[name] for name in _FILTERS if name in chosen}
        _demand_mode(filters.get("mode"))
        window = {name: chosen[name] for name in _WINDOW if _is_given(chosen.get(name))}
        return Choice(
            replace(self.filters, **filters),
            _span(window) if window else self.span,
            bool(chosen.get("exact", self.exact)),
        )


def _is_given(value: object) -> bool:
    return value is not None and value is not False


def _span(window: Mapping[str, Any]) -> Span:
    if "everything" in window:
        if len(window) > 1:
            raise WindowRefused(
                f"everything=True and {', '.join(sorted({*window} - {'everything'}))} exclude each other"
            )
        return Span()
    for name in ("hours", "days"):
        if not isinstance(window.get(name, 1), int | float):
            raise WindowRefused(f"{name} was {window[name]!r}; a number is allowed")
    if "days" in window:
        if "hours" in window:
            raise WindowRefused("hours and days exclude each other: one of them is the length of the window")
        return span_of(window["days"] * HOURS_PER_DAY, window.get("since"), window.get("until"))
    return span_of(window.get("hours"), window.get("since"), window.get("until"))


def _demand_known(name: str) -> None:
    if name not in CHOICES:
        close = difflib.get_close_matches(name, CHOICES, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise ChoiceRefused(f"{name} cannot be chosen; {hint}what can be is {', '.join(CHOICES)}")


def _demand_mode(mode: object) -> None:
    if mode is not None and mode not in get_args(Mode):
        raise ChoiceRefused(f"mode was {mode!r}; {', '.join(get_args(Mode))} are allowed")
