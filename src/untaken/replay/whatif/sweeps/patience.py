"""How long a sweep may take before somebody is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from untaken.errors import UntakenError

PATIENCE_S = 120.0
LEAST_S = 1.0
"""Of work before anything is foretold."""


class SweepTooLong(UntakenError):
    """The grid would take long; nothing is shown until somebody says that it may."""


def _silent(done: int, of: int) -> None:
    del done, of


@dataclass(frozen=True)
class Patience:
    """How many seconds a sweep may take; None is without limit."""

    seconds: float | None = None
    advance: Callable[[int, int], None] = _silent
    """Called with how many of how many executions are done."""

    def demand(self, done: int, of: int, taken_s: float, what: str) -> None:
        """Raise SweepTooLong if, at the pace so far, all would take longer than there is patience."""
        self.advance(done, of)
        if self.seconds is None or not done or taken_s < LEAST_S:
            return
        whole = taken_s / done * of
        if whole > self.seconds and taken_s < self.seconds:
            raise SweepTooLong(
                f"this grid of {what} needs {of:,} executions of all signals, about {spoken(whole)} at the pace of the "
                f"first {done:,}; nothing was counted: take wider steps or a shorter window, or say --yes to let it run"
            )


def spoken(seconds: float) -> str:
    """Say how long something takes.

    >>> [spoken(each) for each in (50, 600, 9_000, 100_000)]
    ['50 seconds', '10 minutes', '2.5 hours', '1.2 days']
    """
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= size:
            return f"{seconds / size:.2g} {name}"
    return f"{seconds:.0f} seconds"
