"""Who is given the credit where several guards blocked the same signal.

With B the guards that blocked a signal, and saved the money of it:

- first: all of it to the guard that blocked first, so that guards add up to the total;
- sole: to a guard that blocked alone, the effect of switching off that one guard;
- Shapley: saved / |B| to each of B. The game v(A) = sum of saved over signals that a guard of A blocks
  splits every signal evenly, so the average over all orders has this closed form (Shapley 1953);
- involved: all of it to each of B. Never to be added up over guards.

Sole, Shapley and what a set of guards would release are exact only where every guard was asked;
where the chain was cut after a block there are bounds. Integers and exact rationals throughout.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class BlockedTogether:
    """Signals blocked by the same guards, the same one first."""

    blockers: tuple[str, ...]
    first: str
    n: int
    avoided: int
    """Losses of their shadow trades, as a positive integer of any unit."""
    missed: int
    """Gains of their shadow trades."""
    complete: bool = True
    """Every guard was asked; else others might have blocked too."""

    @property
    def saved(self) -> int:
        """Net saved: losses avoided less gains missed."""
        return self.avoided - self.missed


@dataclass(frozen=True)
class Bounds:
    """The exact part, and how far rows whose chain was cut may move it."""

    exact: int
    low: int
    high: int


@dataclass(frozen=True)
class Credit:
    """What one guard's blocks saved, by each rule; in the unit of the rows."""

    involved: int
    first: int
    sole: Bounds
    shapley: Fraction
    """Over complete rows; round() of it is half-even."""
    unknown_beyond_first: int
    """Signals that it blocked first, and of which nobody knows who else would have."""


def attribute(table: Iterable[BlockedTogether]) -> dict[str, Credit]:
    """Share what was saved among the guards, sorted by name."""
    rows = list(table)
    guards = sorted({guard for row in rows for guard in row.blockers})
    return {guard: _credit(guard, [row for row in rows if guard in row.blockers]) for guard in guards}


def _credit(guard: str, rows: Sequence[BlockedTogether]) -> Credit:
    return Credit(
        involved=sum(row.saved for row in rows),
        first=sum(row.saved for row in rows if row.first == guard),
        sole=_bounded(row for row in rows if row.blockers == (guard,)),
        shapley=sum((Fraction(row.saved, len(row.blockers)) for row in rows if row.complete), Fraction(0)),
        unknown_beyond_first=sum(row.n for row in rows if row.first == guard and not row.complete),
    )


def released_by(table: Iterable[BlockedTogether], disabled: Collection[str]) -> Bounds:
    """Return what was saved on the signals that only these guards blocked: what disabling them would give up.

    What disabling would gain is the negative of it.
    """
    return _bounded(row for row in table if set(row.blockers) <= set(disabled))


def _bounded(rows: Iterable[BlockedTogether]) -> Bounds:
    exact = lowest = highest = 0
    for row in rows:
        if row.complete:
            exact += row.saved
        else:
            lowest -= row.missed
            highest += row.avoided
    return Bounds(exact, exact + lowest, exact + highest)


def from_bitmask(table: Mapping[int, tuple[int, int]], guards: Sequence[str]) -> list[BlockedTogether]:
    """Read a table of would-block masks, {mask: (n, saved)}; bit i is `guards[i]`, in the order they are asked.

    >>> rows = from_bitmask({0b01: (10, 4000), 0b11: (6, 3000), 0b10: (5, -2500)}, ["spread", "cooldown"])
    >>> {guard: int(credit.shapley) for guard, credit in attribute(rows).items()}
    {'cooldown': -1000, 'spread': 5500}
    """
    return [_row(mask, n, saved, guards) for mask, (n, saved) in sorted(table.items()) if mask]


def _row(mask: int, n: int, saved: int, guards: Sequence[str]) -> BlockedTogether:
    asked = [guard for bit, guard in enumerate(guards) if mask >> bit & 1]
    return BlockedTogether(tuple(sorted(asked)), asked[0], n, avoided=max(saved, 0), missed=max(-saved, 0))
