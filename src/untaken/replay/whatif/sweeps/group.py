"""One bot's run under every scenario of a grid, block after block."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from untaken.projections.definition import DAY_US
from untaken.projections.guard_effectiveness.figures import VerdictBasis
from untaken.replay.whatif.basis import Key
from untaken.replay.whatif.books import Account, Side
from untaken.replay.whatif.capacity import Limits, Queue
from untaken.replay.whatif.evidence import Pair
from untaken.replay.whatif.group import NEEDED, Group, counting
from untaken.replay.whatif.judging import judged, portfolio_guards
from untaken.replay.whatif.scenario import LIMITS, Scenario
from untaken.replay.whatif.sweeps.boxes import Boxes, Verdicts
from untaken.replay.whatif.sweeps.grid import Axis, Grid
from untaken.replay.whatif.sweeps.summing import I64, Added, summed
from untaken.replay.whatif.sweeps.table import (
    Block,
    Periods,
    Sheet,
    Table,
    base_added,
    threshold_axes,
)

Bool = NDArray[np.bool_]


@dataclass
class Sweep:
    """A group's rows as they are, and the table of the grid that is filled from them."""

    key: Key
    grid: Grid
    book: str
    mine: pl.Series
    """Which of all rows are of this group and of the window."""
    base: pl.DataFrame
    account: Account
    basis: VerdictBasis
    _boxes: dict[tuple[str, ...], Boxes] = field(default_factory=dict)
    _on_base: _Simulated | None = None

    @cached_property
    def periods(self) -> Periods:
        """Clusters that may be looked at, and those that are locked."""
        return Periods.of(self.base["at"] // DAY_US, self.basis, self.grid.locked_share)

    @cached_property
    def cluster(self) -> I64:
        """Number of each signal's cluster; -1 beyond the open ones."""
        numbers = self.periods.numbers(self.base["at"])
        return np.where(numbers < self.periods.open, numbers, -1)

    @cached_property
    def axes(self) -> list[Axis]:
        """Axes of thresholds, fixed ones included."""
        return threshold_axes(self.grid)

    @cached_property
    def table(self) -> Table:
        """Sums of every scenario; filled by `take`."""
        return Table.of_base(
            base_added(self.base, self.base_counts, self.cluster), self.periods.open, self.grid.size
        )

    @cached_property
    def base_counts(self) -> Bool:
        """Which rows the base is made of: one for all scenarios."""
        return self._base_group.pair(self.book).base.counts.to_numpy()

    @cached_property
    def base_wanted(self) -> pl.Series:
        """Which signals ask for room in the base of a book with limits."""
        return self._base_group.wanted_before()

    @cached_property
    def _base_group(self) -> Group:
        even = pl.repeat(1.0, self.base.height, eager=True)
        return self.group(self._base_scenario, self.base, even)

    @property
    def _base_scenario(self) -> Scenario:
        """Return the scenario whose base is that of all; limits that vary limit no base but what was decided."""
        first = self.grid.scenario(0)
        vary = any(axis.rule in LIMITS for axis in self.grid.axes)
        if not vary or first.has_base_limits:
            return first
        return Scenario(**{name: getattr(first, name) for name in LIMITS})

    def group(self, scenario: Scenario, changed: pl.DataFrame, weights: pl.Series) -> Group:
        """Return the group under one scenario, as a single what-if has it."""
        return Group(scenario, self.base, changed, weights, self.account, self.basis)

    def pair(
        self, changed: pl.DataFrame, scenario: Scenario | None = None, weights: pl.Series | None = None
    ) -> Pair:
        """Return the base and a scenario side by side; without one the base beside itself."""
        rows = self.base.select(NEEDED)
        base = Side(rows, pl.Series(self.base_counts))
        if scenario is None or weights is None:
            return Pair(base, base, pl.repeat(False, rows.height, eager=True))
        if self.book != "capacity":
            found = self.group(scenario, changed, weights).pair(self.book)
            return Pair(base, found.scenario, found.waiting)
        simulated = self._simulated(scenario, changed, weights)
        let_in = pl.Series(simulated.let_through(scenario))
        return Pair(
            base,
            Side(changed.select(NEEDED), pl.Series(simulated.admitted(scenario))),
            (let_in != self.base_wanted) & ~changed["resolved"],
        )

    def _simulated(self, scenario: Scenario, changed: pl.DataFrame, weights: pl.Series) -> _Simulated:
        """Return what simulates scenarios on some terms; on unchanged ones always the same."""
        wanted = (weights > 0).to_numpy()
        if scenario.changes_terms or not wanted.all():
            return _Simulated(self, changed, wanted)
        if self._on_base is None:
            self._on_base = _Simulated(self, changed, wanted)
        return self._on_base

    def take(self, blocks: list[Block], changed: pl.DataFrame, weights: pl.Series) -> None:
        """Fill in the blocks of some terms; `changed` are the group's rows on these terms."""
        wanted = (weights > 0).to_numpy()
        if self.book == "capacity":
            simulated = self._simulated(blocks[0].scenario, changed, weights)
            for cell in np.concatenate([block.cells for block in blocks]):
                boxes = simulated.boxes(self.grid.scenario(int(cell)))
                found = summed(boxes, (1,), simulated.added, self.periods.open)
                self.table.add(np.array([cell]), found)
            return
        new = counting(changed, self.book).to_numpy() & wanted
        sheet = Sheet(self.base, changed, self.base_counts, new)
        added = sheet.added(self.cluster)
        sizes = tuple(len(axis.values) for axis in self.axes)
        for block in blocks:
            found = summed(self._boxes_of(block.scenario.guards_off), sizes, added, self.periods.open)
            self.table.add(block.cells, found)

    @cached_property
    def _verdicts(self) -> Verdicts:
        return Verdicts.of(self.base, self.axes)

    def _boxes_of(self, off: tuple[str, ...]) -> Boxes:
        if off not in self._boxes:
            self._boxes[off] = self._verdicts.boxes(off)
        return self._boxes[off]


@dataclass
class _Simulated:
    """Scenarios with limits on one set of terms; who is let through is asked once for each set of rules."""

    sweep: Sweep
    changed: pl.DataFrame
    wanted: Bool
    _through: dict[str, Bool] = field(default_factory=dict)

    def admitted(self, scenario: Scenario) -> Bool:
        """Return which rows find room."""
        limits = Limits(**{name: getattr(scenario, name) for name in LIMITS})
        return self._queue.admitted(self.let_through(scenario) & self._known, limits).to_numpy()

    def boxes(self, scenario: Scenario) -> Boxes:
        """Return the rows that find room as boxes of a grid of one scenario."""
        inside = self.admitted(scenario)
        return Boxes(np.zeros((1, len(inside)), np.int32), inside.astype(np.int32)[None, :])

    @cached_property
    def added(self) -> Added:
        """What each row adds where it finds room."""
        every = np.ones(self.changed.height, np.bool_)
        return Sheet(self.sweep.base, self.changed, self.sweep.base_counts, every).added(self.sweep.cluster)

    @cached_property
    def _known(self) -> Bool:
        resolved, money = self.changed["resolved"], self.changed["pnl_e8"].is_not_null()
        return (resolved & money).to_numpy() & self.wanted

    @cached_property
    def _queue(self) -> Queue:
        return Queue.of(self.changed)

    @cached_property
    def _portfolio(self) -> pl.Series:
        return portfolio_guards(self.sweep.base)

    def let_through(self, scenario: Scenario) -> Bool:
        """Return which signals ask for room."""
        if scenario.changes_only_limits:
            scenario = Scenario()
        asked = Scenario(guards_off=scenario.guards_off, thresholds=scenario.thresholds)
        if asked.digest not in self._through:
            verdicts = judged(self.sweep.base, asked, excused=self._portfolio)
            self._through[asked.digest] = verdicts["through"].to_numpy()
        return self._through[asked.digest]


def book_of(grid: Grid, asked: str | None) -> str:
    """Return the book that a grid is compared in: with limits where it has some, else in turn."""
    return asked or ("capacity" if any(scenario.has_limits for scenario in grid.corners()) else "in_turn")
