"""The answer to a sweep: one document, whatever shows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import polars as pl

from untaken.projections.figures import Figures, moment, money, share
from untaken.projections.statistics.performance import profit_factor
from untaken.projections.statistics.walking import chosen
from untaken.replay.whatif.answer import GROUP, Asked, rows_of
from untaken.replay.whatif.basis import account_of, basis_of
from untaken.replay.whatif.books import figures
from untaken.replay.whatif.counting import Tried
from untaken.replay.whatif.evidence import Pair
from untaken.replay.whatif.executor import Executor
from untaken.replay.whatif.names import demand_names
from untaken.replay.whatif.scenario import Scenario
from untaken.replay.whatif.sweeps.choosing import Choice, choose, diagnostics
from untaken.replay.whatif.sweeps.forward import EMBARGO, between, judged_forward, out_of_sample
from untaken.replay.whatif.sweeps.grid import Grid, plain
from untaken.replay.whatif.sweeps.group import Sweep, book_of
from untaken.replay.whatif.sweeps.patience import Patience
from untaken.replay.whatif.sweeps.table import Block, Periods, blocks
from untaken.replay.whatif.weighing import weights
from untaken.streams.view import View

WHOLE = Asked()

Recorded = Callable[[Scenario, int], None]
"""Writes down that the locked days are looked at, with which scenario and for the how manieth time."""


@dataclass(frozen=True)
class Question:
    """A grid, over which signals and in which book, and whether the winner is judged on the locked days."""

    grid: Grid
    asked: Asked = WHOLE
    book: str | None = None
    unlock: Recorded | None = None
    patience: Patience = field(default_factory=Patience)


def sweep(view: View, question: Question, tried: Tried) -> Figures:
    """Return what every scenario of a grid made on the open days, and what can be said of the best.

    Raises ScenarioRefused for names that nobody in the log knows, SweepTooLong where it would take longer than
    the question's patience.
    """
    grid, asked = question.grid, question.asked
    rows = rows_of(view, asked.filters)
    _demand(grid, rows, view)
    book = book_of(grid, question.book)
    sweeps = list(groups_of(view, rows, question, book))
    executor = executor_of(rows, view, grid)
    _fill(executor, rows, grid, sweeps, question.patience)
    return {
        **heading(question),
        "scenarios_tried": tried.scenarios + grid.size,
        "sweep": {
            "fixed": dict(grid.fixed),
            "axes": [axis.document() for axis in grid.axes],
            "size": grid.size,
            "digest": grid.digest,
            "book": book,
            "locked_share": grid.locked_share,
        },
        "groups": [_Answer(executor, rows, each, question, tried).figures() for each in sweeps],
    }


def executor_of(rows: pl.DataFrame, view: View, grid: Grid) -> Executor:
    """Make rows ready for every set of terms of a grid."""
    holds = (scenario.max_hold_s or 0.0 for scenario in grid.corners())
    return Executor(rows, view, max(holds, default=0.0))


def heading(question: Question) -> Figures:
    """Return over which signals was asked."""
    asked = question.asked
    return {
        "window": {"since": moment(asked.window.since), "until": moment(asked.window.until)},
        "filters": {name: value for name, value in vars(asked.filters).items() if value is not None},
    }


def period(periods: Periods, first: int, last: int) -> Figures:
    """Return a span of clusters."""
    return {
        "since": moment(periods.moment(first)),
        "until": moment(periods.moment(last)),
        "clusters": max(0, last - first),
        "block_days": periods.block_days,
    }


def _demand(grid: Grid, rows: pl.DataFrame, view: View) -> None:
    demand_names(grid.scenario(0), rows, view.context)
    off = next((axis.values for axis in grid.axes if axis.rule == "guards_off"), ())
    demand_names(Scenario(guards_off=tuple(name for names in off for name in names)), rows, view.context)


def groups_of(view: View, rows: pl.DataFrame, question: Question, book: str) -> Iterator[Sweep]:
    """Yield every bot, run, mode and currency that has signals in the window, in order."""
    asked = question.asked
    mode = pl.lit(value=True) if asked.filters.mode is None else pl.col("mode") == asked.filters.mode
    inside = rows.select(asked.window.inside("at") & mode).to_series()
    longest = max((scenario.max_hold_s or 0.0 for scenario in question.grid.corners()), default=0.0)
    held = Scenario(max_hold_s=longest or None)
    for key in rows.filter(inside).select(GROUP).unique().sort(GROUP).iter_rows():
        mine = (
            inside
            & rows.select(
                pl.all_horizontal(pl.col(name) == value for name, value in zip(GROUP, key, strict=True))
            ).to_series()
        )
        yield Sweep(
            key,
            question.grid,
            book,
            mine,
            rows.filter(mine),
            account_of(view, key),
            basis_of(view, key, held, 1),
        )


def _fill(
    executor: Executor, rows: pl.DataFrame, grid: Grid, sweeps: Sequence[Sweep], patience: Patience
) -> None:
    """Execute every set of terms once, and fill in the scenarios on it."""
    found = [(terms, list(part)) for terms, part in groupby(blocks(grid), key=_terms)]
    began = time.monotonic()
    for number, (terms, part) in enumerate(found):
        patience.demand(number, len(found), time.monotonic() - began, f"{grid.size:,} scenarios")
        factors = weights(rows, terms)
        changed = executor.executed(terms, factors)
        for each in sweeps:
            each.take(part, changed.filter(each.mine), factors.filter(each.mine))


def _terms(block: Block) -> Scenario:
    return block.terms


@dataclass(frozen=True)
class _Answer:
    """What is said of one group once its table is filled."""

    executor: Executor
    rows: pl.DataFrame
    sweep: Sweep
    question: Question
    tried: Tried

    def figures(self) -> Figures:
        sweep, table, periods = self.sweep, self.sweep.table, self.sweep.periods
        choice = choose(table.differences, sweep.grid, sweep.basis.rules)
        base = between(self._pair(None), periods.moment(0), periods.moment(periods.open)).base
        return {
            **dict(zip(GROUP, sweep.key, strict=True)),
            "signals": sweep.base.height,
            "open": period(periods, 0, periods.open),
            "locked": period(periods, periods.locked_from, periods.clusters),
            "base": figures(base, sweep.account),
            "scenarios": _scenarios(sweep, choice, base.pnl_e8()),
            "best": choice.best,
            "plateau": choice.plateau,
            "superior": np.flatnonzero(choice.superior).tolist(),
            "diagnostics": diagnostics(table.differences, choice, self.tried.scenarios),
            "walk_forward": self._forward(choice),
            "out_of_sample": self._locked(choice),
        }

    def _pair(self, index: int | None) -> Pair:
        """Return base and scenario side by side in the book of the sweep; the base beside itself for None."""
        sweep = self.sweep
        if index is None:
            return sweep.pair(sweep.base)
        scenario = sweep.grid.scenario(index)
        factors = weights(self.rows, scenario)
        changed = self.executor.executed(scenario, factors)
        return sweep.pair(changed.filter(sweep.mine), scenario, factors.filter(sweep.mine))

    def _forward(self, choice: Choice) -> Figures:
        sweep = self.sweep
        found = list(chosen(sweep.table.differences, EMBARGO, sweep.basis.rules))
        if not found:
            return {"why": "too_few_days"}
        pairs = {index: self._pair(index) for index in dict.fromkeys(index for _, index in found)}
        answer, folds = judged_forward(
            [(fold, pairs[index]) for fold, index in found], sweep.periods, sweep.basis
        )
        named = [
            {**fold, "index": index, "chosen": None if index is None else sweep.grid.title(index)}
            for fold, (_, index) in zip(folds, found, strict=True)
        ]
        return {**answer, "in_sample_difference": self._in_sample(choice, found[0][0].since), "folds": named}

    def _in_sample(self, choice: Choice, since: int) -> object:
        """Return what the best made over the same days, chosen afterwards."""
        if choice.best is None:
            return money(0)
        periods = self.sweep.periods
        pair = between(self._pair(choice.best), periods.moment(since), periods.moment(periods.open))
        return money(pair.difference_e8())

    def _locked(self, choice: Choice) -> Figures | None:
        if self.question.unlock is None:
            return None
        if choice.best is None:
            return {"why": "no_winner"}
        scenario = self.sweep.grid.scenario(choice.best)
        look = self.tried.look(scenario.digest)
        self.question.unlock(scenario, look)
        sweep = self.sweep
        found = out_of_sample(self._pair(choice.best), sweep.periods, sweep.basis, sweep.account, look)
        return {"index": choice.best, "chosen": sweep.grid.title(choice.best), **found}


def _scenarios(sweep: Sweep, choice: Choice, base_e8: int) -> list[Figures]:
    """Return the figures of every scenario, in order of the grid."""
    table = sweep.table
    gains, losses = table.gains_and_losses()
    columns = {
        "trades": table.count("n").tolist(),
        "wins": table.count("wins").tolist(),
        "known": table.count("known").tolist(),
        "changed_signals": table.changed.tolist(),
        "changed_clusters": (table.differences != 0).sum(axis=0).tolist(),
        "difference_milli_r": table.differences.sum(axis=0).tolist(),
        "t": _known(choice.test.t),
        "p_adjusted": _known(choice.test.p_adjusted),
        "superior": choice.superior.tolist(),
        "not_excluded": choice.not_excluded.tolist(),
    }
    found = []
    for index in range(sweep.grid.size):
        said = {name: column[index] for name, column in columns.items()}
        known = said.pop("known")
        found.append(
            {
                "scenario": sweep.grid.title(index),
                "values": [plain(value) for value in sweep.grid.values(index)],
                **said,
                "win_rate": share(said["wins"], known),
                "profit_factor": profit_factor(gains[index], losses[index]),
                "pnl": money(gains[index] - losses[index]),
                "difference": money(gains[index] - losses[index] - base_e8),
                "why": _why(said, sweep.basis.rules.min_clusters, enough=bool(choice.enough[index])),
            }
        )
    return found


def _why(said: Figures, least: int, *, enough: bool) -> str | None:
    """Return why a scenario cannot be compared with the base."""
    if enough:
        return None
    if not said["changed_signals"]:
        return "no_change"
    return "too_few_days" if said["changed_clusters"] < least else "few_days_carry_all"


def _known(values: np.typing.NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]
