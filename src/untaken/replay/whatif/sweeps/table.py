"""A grid in one bot's run: what each of its scenarios comes to on the days that may be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray

from untaken.projections.definition import DAY_US
from untaken.projections.guard_effectiveness.figures import VerdictBasis
from untaken.replay.whatif.evidence import in_base_r, results_differ
from untaken.replay.whatif.scenario import Scenario
from untaken.replay.whatif.sweeps.boxes import Boxes
from untaken.replay.whatif.sweeps.grid import THRESHOLDS, Axis, Grid
from untaken.replay.whatif.sweeps.summing import I64, LIMB, TOTALS, Added, Summed, money_of, summed


@dataclass(frozen=True)
class Periods:
    """Clusters of a group, by number from `first_day` on: open ones are chosen on, locked ones judged on."""

    first_day: int
    block_days: int
    clusters: int
    open: int
    locked_from: int
    """The embargo lies between: a trade of an open cluster may reach into it."""

    @classmethod
    def of(cls, days: pl.Series, basis: VerdictBasis, locked_share: float) -> Periods:
        """Cut the closed clusters of signals at these days."""
        block = basis.rules.block_days
        first = int(days.min() or 0) // block * block  # type: ignore[arg-type]  # days are whole numbers
        last = min(basis.closed_before, int(days.max() or 0) // block * block + block)  # type: ignore[arg-type]  # the same
        clusters = max(0, (last - first) // block)
        kept = clusters - round(clusters * locked_share)
        return cls(first, block, clusters, kept, min(clusters, kept + 1))

    def numbers(self, at: pl.Series) -> I64:
        """Return the cluster of each signal; beyond those that are judged where it has none."""
        return ((at // DAY_US - self.first_day) // self.block_days).to_numpy().astype(np.int64)

    def moment(self, cluster: int) -> int:
        """Return when a cluster begins."""
        return (self.first_day + cluster * self.block_days) * DAY_US


def everywhere(rows: int) -> Boxes:
    """Return boxes that hold the only place of a grid of one scenario."""
    return Boxes(np.zeros((1, rows), np.int32), np.ones((1, rows), np.int32))


@dataclass
class Table:
    """Sums of every scenario of a grid, filled block by block."""

    differences: I64
    """Milli-R of the base by open cluster: scenario less base."""
    totals: I64
    """TOTALS by scenario, on open clusters."""
    base: I64
    """TOTALS of the base."""
    _own: I64
    """Milli-R of the base by open cluster, as a column."""

    @classmethod
    def of_base(cls, base: Added, clusters: int, size: int) -> Table:
        """Begin a table with the base alone."""
        own = summed(everywhere(len(base.cluster)), (1,), base, clusters)
        return cls(
            np.zeros((clusters, size), np.int64),
            np.zeros((len(TOTALS), size), np.int64),
            own.totals[:, 0],
            own.by_cluster,
        )

    def add(self, cells: I64, found: Summed) -> None:
        """Put the sums of some scenarios into their places."""
        self.differences[:, cells] = found.by_cluster - self._own
        self.totals[:, cells] = found.totals

    @property
    def changed(self) -> I64:
        """Signals that change, by scenario."""
        n, both, same = (self.count(name) for name in ("n", "both", "same"))
        return np.asarray(self.base[TOTALS.index("n")] + n - both - same)

    def count(self, name: str) -> I64:
        """Return one of the totals that are counts."""
        return np.asarray(self.totals[TOTALS.index(name)])

    def gains_and_losses(self) -> tuple[list[int], list[int]]:
        """Return gains and losses of every scenario, in 1e-8 account currency."""
        gain_high, gain_low, loss_high, loss_low = (
            self.totals[TOTALS.index(name)] for name in ("gain_high", "gain_low", "loss_high", "loss_low")
        )
        return money_of(gain_high, gain_low), money_of(loss_high, loss_low)


@dataclass(frozen=True)
class Sheet:
    """Base rows of a group, those in the same order under changed terms, and who counts in the book."""

    base: pl.DataFrame
    changed: pl.DataFrame
    old: NDArray[np.bool_]
    """Which rows the base is made of."""
    new: NDArray[np.bool_]
    """Which rows count under the changed terms, if they are let through."""

    def added(self, cluster: I64) -> Added:
        """Return what signals add to a scenario on these terms where they are let through."""
        milli_r = self._milli_r()
        known = milli_r.is_not_null().to_numpy() & (cluster >= 0)
        return Added(
            cluster=np.where(known & self.new, cluster, -1),
            milli_r=milli_r.fill_null(0).to_numpy().astype(np.int64),
            totals=_totals(self.changed, self.new & (cluster >= 0), self.old, ~self._differs()),
        )

    def _milli_r(self) -> pl.Series:
        """Return results in the R of the base; null for signals that are no evidence in either book."""
        pair = pl.concat(
            [
                self.base.select("milli_r", "return_ppm", "stop_loss_pct", "size", was=pl.Series(self.old)),
                self.changed.select(
                    pl.col("milli_r", "return_ppm", "stop_loss_pct", "size").name.prefix("new_")
                ),
            ],
            how="horizontal",
        )
        unknown = pl.col("was") & pl.col("milli_r").is_null()
        usable = (pl.col("stop_loss_pct") > 0) & ~unknown
        return pair.select(pl.when(usable).then(in_base_r())).to_series()

    def _differs(self) -> NDArray[np.bool_]:
        return results_differ(self.base, self.changed).to_numpy()


def base_added(rows: pl.DataFrame, counts: NDArray[np.bool_], cluster: I64) -> Added:
    """Return what the base is made of: what the bot let through, as it was."""
    milli_r = rows.select(pl.when(pl.col("stop_loss_pct") > 0).then("milli_r")).to_series()
    known = counts & milli_r.is_not_null().to_numpy() & (cluster >= 0)
    inside = counts & (cluster >= 0)
    return Added(
        np.where(known, cluster, -1),
        milli_r.fill_null(0).to_numpy().astype(np.int64),
        _totals(rows, inside, inside, np.ones(rows.height, np.bool_)),
    )


def _totals(
    rows: pl.DataFrame, counts: NDArray[np.bool_], was: NDArray[np.bool_], same: NDArray[np.bool_]
) -> I64:
    pnl = rows["pnl_e8"].fill_null(0).to_numpy().astype(np.int64)
    known = rows["pnl_e8"].is_not_null().to_numpy()
    gains, losses = np.maximum(pnl, 0), np.maximum(-pnl, 0)
    columns = [np.ones_like(pnl), was, was & same, known & (pnl > 0), known]
    columns += [gains // LIMB, gains % LIMB, losses // LIMB, losses % LIMB]
    return np.where(counts[:, None], np.column_stack(columns).astype(np.int64), 0)


def split(grid: Grid) -> tuple[list[int], list[int]]:
    """Return the numbers of the axes of thresholds, and of the others."""
    inner = [number for number, axis in enumerate(grid.axes) if axis.rule.startswith(THRESHOLDS)]
    return inner, [number for number in range(len(grid.axes)) if number not in inner]


@dataclass(frozen=True)
class Block:
    """Scenarios that differ by nothing but thresholds."""

    scenario: Scenario
    """The first of them."""
    cells: NDArray[np.int64]
    """Their places in the grid, in order of the axes of thresholds."""

    @property
    def terms(self) -> Scenario:
        """The scenario without what decides who is let through: blocks of equal terms share their results."""
        kept = self.scenario.model_dump(exclude={"name", "guards_off", "thresholds"})
        return Scenario(**kept)


def blocks(grid: Grid) -> Iterator[Block]:
    """Cut a grid into blocks, those of equal terms after each other."""
    inner, outer = split(grid)
    places = np.arange(grid.size).reshape(grid.shape or (1,))
    if not grid.axes:
        yield Block(grid.scenario_at(()), places)
        return
    turned = np.moveaxis(places, inner, range(-len(inner), 0)) if inner else places
    axes = sorted(outer, key=lambda number: grid.axes[number].rule == "guards_off")
    order = {number: place for place, number in enumerate(outer)}
    for chosen in product(*(range(len(grid.axes[number].values)) for number in axes)):
        at = [0] * len(outer)
        for number, place in zip(axes, chosen, strict=True):
            at[order[number]] = place
        cells = turned[tuple(at)].ravel()
        yield Block(grid.scenario(int(cells[0])), cells)


def threshold_axes(grid: Grid) -> list[Axis]:
    """Return the axes of thresholds; a fixed threshold is an axis with one value, after the others."""
    axes = [grid.axes[number] for number in split(grid)[0]]
    named = {axis.rule for axis in axes}
    fixed = dict(grid.scenario(0).thresholds)
    alone = [Axis(f"{THRESHOLDS}{name}", (value,)) for name, value in fixed.items()]
    return axes + [axis for axis in alone if axis.rule not in named]
