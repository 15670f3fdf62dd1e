"""The answer to a what-if: one document, whatever shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from untaken.projections.figures import Figures, moment
from untaken.replay.whatif.basis import Key, account_of, basis_of
from untaken.replay.whatif.executor import TERMS_OF_ROWS, Executor
from untaken.replay.whatif.group import BOOKS, NEEDED, Group
from untaken.replay.whatif.names import demand_names
from untaken.replay.whatif.scenario import Scenario
from untaken.replay.whatif.weighing import weights
from untaken.streams.view import Filters, View, Window

GROUP = ("bot", "run", "mode", "currency")


_JUDGED = (
    "strategy",
    "status",
    "blockers",
    "chain_complete",
    "asked",
    "verdicts",
    "components",
    "filled_at",
    "expired_at",
)

DECIDED = tuple(dict.fromkeys((*GROUP, *NEEDED, *_JUDGED, "real_pnl_e8")))
"""What scenarios read of ledger rows that only change who is let through."""

COLUMNS = tuple(dict.fromkeys((*DECIDED, *TERMS_OF_ROWS)))
"""What any scenario reads of them."""


@dataclass(frozen=True)
class Asked:
    """Over which signals (by their `at`), in which books, and whether every changed signal is named."""

    window: Window = field(default_factory=Window)
    filters: Filters = field(default_factory=Filters)
    books: tuple[str, ...] = BOOKS
    signals: bool = False


def what_if(view: View, scenarios: Sequence[Scenario], asked: Asked, tried_before: int = 0) -> Figures:
    """Return what each scenario would have made of the log.

    `tried_before` scenarios were computed on this log before; the more, the larger must evidence be. Raises
    ScenarioRefused for a guard, strategy, component or reason code that nobody in the log knows.
    """
    terms = any(scenario.changes_terms for scenario in scenarios)
    rows = rows_of(view, asked.filters, terms=terms)
    for scenario in scenarios:
        demand_names(scenario, rows, view.context)
    new = sum(bool(scenario.rules()) for scenario in scenarios)
    return {
        "window": {"since": moment(asked.window.since), "until": moment(asked.window.until)},
        "filters": {name: value for name, value in vars(asked.filters).items() if value is not None},
        "scenarios_tried": tried_before + new,
        "scenarios": [
            _scenario(view, scenario, rows, asked, max(1, tried_before + new)) for scenario in scenarios
        ],
    }


def rows_of(view: View, filters: Filters, *, terms: bool = True) -> pl.DataFrame:
    """Return whole books, of all columns those that scenarios ask for, in any order: many rows are long to sort.

    Without `terms` nothing is executed anew from them. They come in one piece: each of the many filters that follow
    would go through every day's piece by itself.
    """
    names = COLUMNS if terms else DECIDED
    return view.columns("ledger", names, filters=Filters(filters.bot, filters.run)).rechunk()


def _scenario(view: View, scenario: Scenario, rows: pl.DataFrame, asked: Asked, tried: int) -> Figures:
    return {
        "scenario": scenario.title,
        "digest": scenario.digest,
        "rules": scenario.rules(),
        "groups": [
            {**dict(zip(GROUP, key, strict=True)), **group.figures(asked.books)}
            for key, group in groups_of(view, scenario, rows, asked, tried)
        ],
    }


def groups_of(
    view: View, scenario: Scenario, rows: pl.DataFrame, asked: Asked, tried: int = 1
) -> Iterator[tuple[Key, Group]]:
    """Yield every bot, run, mode and currency in order, with its rows before and after; `rows` are whole books."""
    factors = weights(rows, scenario)
    changed = Executor(rows, view, scenario.max_hold_s or 0.0).executed(scenario, factors)
    inside = rows.select(asked.window.inside("at") & _of_mode(asked.filters.mode)).to_series()
    base, changed, factors = rows.filter(inside), changed.filter(inside), factors.filter(inside)
    for key in base.select(GROUP).unique().sort(GROUP).iter_rows():
        mine = base.select(
            pl.all_horizontal(pl.col(n) == v for n, v in zip(GROUP, key, strict=True))
        ).to_series()
        yield (
            key,
            Group(
                scenario,
                base.filter(mine),
                changed.filter(mine),
                factors.filter(mine),
                account_of(view, key),
                basis_of(view, key, scenario, tried),
                asked.signals,
            ),
        )


def _of_mode(mode: str | None) -> pl.Expr:
    return pl.lit(value=True) if mode is None else pl.col("mode") == mode
