"""Weights of strategies or components, found by walking forward: chosen on the past, judged on what came next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import orjson
import polars as pl
from numpy.typing import NDArray

from untaken.projections.figures import Figures, money
from untaken.projections.statistics.walking import folds
from untaken.projections.statistics.weighting import steadiest
from untaken.replay.whatif.answer import GROUP, rows_of
from untaken.replay.whatif.books import figures
from untaken.replay.whatif.counting import Tried
from untaken.replay.whatif.evidence import Pair
from untaken.replay.whatif.executor import Executor
from untaken.replay.whatif.scenario import Scenario
from untaken.replay.whatif.sweeps.answer import Question, executor_of, groups_of, heading, period
from untaken.replay.whatif.sweeps.forward import EMBARGO, between, judged_forward, out_of_sample
from untaken.replay.whatif.sweeps.group import Sweep
from untaken.replay.whatif.sweeps.summing import I64
from untaken.replay.whatif.weighing import weights
from untaken.streams.view import View

Parts = Literal["strategies", "components"]

RULES = {"strategies": "strategy_weights", "components": "component_weights"}


def optimised(view: View, question: Question, parts: Parts, tried: Tried) -> Figures:
    """Return the weights that the open days suggest, and what following such suggestions would have made."""
    rows = rows_of(view, question.asked.filters)
    executor = executor_of(rows, view, question.grid)
    found = [
        _Optimum(executor, rows, each, question, parts, tried)
        for each in groups_of(view, rows, question, "in_turn")
    ]
    answers = [each.figures() for each in found]
    return {
        **heading(question),
        "scenarios_tried": tried.scenarios + sum(each.computed for each in found),
        "optimise": {"parts": parts, "locked_share": question.grid.locked_share},
        "computed": sum(each.computed for each in found),
        "groups": answers,
    }


@dataclass(frozen=True)
class _Parted:
    """What each name contributes to what the bot made, linear in its weight."""

    names: tuple[str, ...]
    by_cluster: NDArray[np.float64]
    """Milli-R, cluster by name."""
    traded: NDArray[np.float64]
    """Signals, in shares of each name, by cluster."""

    def best(self, known: int) -> dict[str, float]:
        """Return the weights that the first clusters suggest."""
        found = steadiest(self.by_cluster[:known], self.traded[:known].sum(axis=0).tolist())
        return dict(zip(self.names, found, strict=True))


@dataclass
class _Optimum:
    executor: Executor
    rows: pl.DataFrame
    sweep: Sweep
    question: Question
    parts: Parts
    tried: Tried
    computed: int = 0
    """Scenarios that were computed."""

    def figures(self) -> Figures:
        sweep, periods = self.sweep, self.sweep.periods
        base = between(sweep.pair(sweep.base), periods.moment(0), periods.moment(periods.open)).base
        parted = self._parted()
        suggested = parted.best(periods.open) if len(parted.names) > 1 else None
        return {
            **dict(zip(GROUP, sweep.key, strict=True)),
            "signals": sweep.base.height,
            "open": period(periods, 0, periods.open),
            "locked": period(periods, periods.locked_from, periods.clusters),
            "base": figures(base, sweep.account),
            "weights": suggested,
            "walk_forward": self._forward(parted, suggested),
            "out_of_sample": self._locked(suggested),
        }

    def _parted(self) -> _Parted:
        """Cut what the base made into what each name contributed."""
        sweep = self.sweep
        counts = sweep.base_counts & (sweep.cluster >= 0) & sweep.base["milli_r"].is_not_null().to_numpy()
        taken, cluster = sweep.base.filter(pl.Series(counts)), sweep.cluster[counts]
        names, shares = _shares(taken, self.parts)
        results = taken["milli_r"].to_numpy()[:, None] * shares
        size = sweep.periods.open
        return _Parted(names, _by_cluster(cluster, results, size), _by_cluster(cluster, shares, size))

    def _forward(self, parted: _Parted, suggested: dict[str, float] | None) -> Figures:
        sweep, periods = self.sweep, self.sweep.periods
        if suggested is None:
            return {"why": "nothing_to_weigh"}
        found = folds(periods.open, EMBARGO, sweep.basis.rules.min_clusters)
        if not found:
            return {"why": "too_few_days"}
        chosen = [parted.best(fold.known) for fold in found]
        picks = [(fold, self._pair(each)) for fold, each in zip(found, chosen, strict=True)]
        answer, pieces = judged_forward(picks, periods, sweep.basis)
        afterwards = between(
            self._pair(suggested), periods.moment(found[0].since), periods.moment(periods.open)
        )
        named = [{**piece, "weights": each} for piece, each in zip(pieces, chosen, strict=True)]
        return {**answer, "in_sample_difference": money(afterwards.difference_e8()), "folds": named}

    def _locked(self, suggested: dict[str, float] | None) -> Figures | None:
        if self.question.unlock is None:
            return None
        if suggested is None or all(weight == 1 for weight in suggested.values()):
            return {"why": "no_winner"}
        scenario = self._scenario(suggested)
        look = self.tried.look(scenario.digest)
        self.question.unlock(scenario, look)
        sweep = self.sweep
        found = out_of_sample(self._pair(suggested), sweep.periods, sweep.basis, sweep.account, look)
        return {"weights": suggested, **found}

    def _scenario(self, chosen: dict[str, float]) -> Scenario:
        return Scenario.model_validate({RULES[self.parts]: chosen})

    def _pair(self, chosen: dict[str, float]) -> Pair:
        self.computed += 1
        scenario = self._scenario(chosen)
        factors = weights(self.rows, scenario)
        changed = self.executor.executed(scenario, factors)
        mine = self.sweep.mine
        return self.sweep.pair(changed.filter(mine), scenario, factors.filter(mine))


def _shares(rows: pl.DataFrame, parts: Parts) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Return the names, and how much of each signal is each name's: 1 in all, 0 of one without any component."""
    if parts == "strategies":
        names = tuple(rows["strategy"].unique().sort())
        return names, np.column_stack(
            [(rows["strategy"] == name).to_numpy().astype(np.float64) for name in names]
        ) if names else np.zeros((rows.height, 0))
    texts = rows["components"].unique(maintain_order=True).drop_nulls()
    scores = {text: orjson.loads(text) for text in texts}
    names = tuple(sorted({name for each in scores.values() for name in each}))
    known = {text: list(_own(each, names)) for text, each in scores.items()}
    none = [0.0] * len(names)
    found = [none if text is None else known[text] for text in rows["components"]]
    return names, np.array(found, dtype=np.float64).reshape(rows.height, len(names))


def _own(scores: dict[str, float], names: Sequence[str]) -> Iterator[float]:
    whole = sum(abs(float(score)) for score in scores.values())
    return (abs(float(scores.get(name, 0))) / whole if whole else 0.0 for name in names)


def _by_cluster(cluster: I64, values: NDArray[np.float64], clusters: int) -> NDArray[np.float64]:
    sums = np.zeros((clusters, values.shape[1]))
    np.add.at(sums, cluster, values)
    return sums
