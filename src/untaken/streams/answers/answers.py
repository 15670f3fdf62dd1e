"""One entry for the figures of each projection."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import cached_property

import polars as pl

from untaken.errors import UntakenError
from untaken.projections.definition import DAY_US, Projection
from untaken.projections.figures import Figures
from untaken.projections.guard_effectiveness.figures import (
    JUDGED_BY,
    GuardTables,
    VerdictBasis,
    guard_section,
)
from untaken.projections.guard_effectiveness.table import GUARD_EFFECTIVENESS, GUARDS_ASKED
from untaken.projections.knob_state import knob_state_section
from untaken.projections.missed_opportunity.figures import missed_section
from untaken.projections.missed_opportunity.suggestions import SuggestionBasis, suggestions
from untaken.projections.missed_opportunity.table import MISSED_OPPORTUNITY, MISSED_REASONS
from untaken.projections.ordered import REAL_RESULTS, SHADOW_RESULTS
from untaken.projections.performance.calibration import CALIBRATION, SHADOW_CALIBRATION
from untaken.projections.performance.calibration_figures import calibration_section
from untaken.projections.performance.figures import PerformanceRows, emitted_per_day, performance_section
from untaken.projections.performance.table import PERFORMANCE, SIGNAL_PERFORMANCE
from untaken.projections.shadow_performance.figures import (
    LEDGER_RESULTS,
    TRADE_RESULTS,
    Ordered,
    shadow_section,
)
from untaken.projections.shadow_performance.table import MEASURED_ERROR, REAL_PERFORMANCE, SHADOW_PERFORMANCE
from untaken.projections.signal_decay.figures import DecayTables, decay_section
from untaken.projections.signal_decay.table import EDGE_BY_DELAY, IMPLEMENTATION_SHORTFALL, SIGNAL_DELAYS
from untaken.projections.strategy_leaderboard import (
    REAL_RANKED,
    SHADOW_RANKED,
    LeaderboardTables,
    leaderboard_section,
)
from untaken.streams.answers.asked import Asked, Group
from untaken.streams.answers.basis import Basis
from untaken.streams.answers.tables import Tables
from untaken.streams.view import Filters, View

SECTIONS = (
    "guard_effectiveness",
    "missed_opportunity",
    "suggestions",
    "signal_decay",
    "strategy_leaderboard",
    "performance",
    "calibration",
    "shadow_performance",
)
"""What each group has figures of, by the names of the methods."""

WHOLE = ("knob_state", "log_health")
"""What there are figures of beside the groups."""

_DIMENSIONS = (
    *("symbol", "sector", "regime", "timeframe", "direction", "strategy", "components", "tags"),
    *("model_version", "confidence", "entry_at", "at", "actor"),
)
"""Columns of a trade that dimensions are read from."""


class UnknownSection(UntakenError):
    """The name is that of no projection; nothing is computed."""


class Answers:
    """The figures of a view over one window, each computed when it is asked for.

    Sums are of the window; verdicts, ranks and evidence stand on all closed days under the settings in force.
    """

    def __init__(self, view: View, asked: Asked | None = None, now: int | None = None) -> None:
        self.view = view
        self.asked = asked or Asked()
        self.window = self.asked.window(view, now)
        self._tables = Tables(view, self.window, self.asked.filters)
        self._missed: dict[Group, Figures] = {}
        self._guards: dict[Group, Figures] = {}

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """All groups with a signal or a trade in the window, or with evidence on a guard; sorted."""
        found = [
            self._tables.table(SHADOW_PERFORMANCE, self.window),
            self._tables.table(REAL_PERFORMANCE, self.window),
            self._tables.of_all(GUARD_EFFECTIVENESS, ("settings_digest", *JUDGED_BY)),
        ]
        columns = pl.concat([table.select(Group._fields) for table in found])
        return tuple(Group(*row) for row in columns.unique().sort(Group._fields).iter_rows())

    def table(self, projection: Projection) -> pl.DataFrame:
        """Return the sums of all groups over the window."""
        return self._tables.table(projection, self.window)

    def header(self, group: Group) -> Figures:
        """Say whose figures these are, and on which terms they were made."""
        return Basis(self.view, group).header()

    def guard_effectiveness(self, group: Group) -> Figures:
        """Return what each guard saved and cost, with its verdict."""
        if group not in self._guards:
            tables = GuardTables(
                self._tables.of_window(GUARDS_ASKED, group),
                self._tables.of_window(GUARD_EFFECTIVENESS, group),
                self._of_epoch(GUARD_EFFECTIVENESS, group, JUDGED_BY),
            )
            self._guards[group] = guard_section(tables, self._verdicts(group))
        return self._guards[group]

    def missed_opportunity(self, group: Group) -> Figures:
        """Return what the signals that were never traded would have brought."""
        if group not in self._missed:
            self._missed[group] = missed_section(
                self._tables.of_window(MISSED_OPPORTUNITY, group),
                self._of_epoch(MISSED_REASONS, group, ("reason_code", *MISSED_REASONS.sums)),
                self._verdicts(group),
            )
        return self._missed[group]

    def suggestions(self, group: Group) -> list[Figures]:
        """Suggest which knobs and guards to move, most money at stake first."""
        basis = SuggestionBasis(
            missed=self.missed_opportunity(group),
            guards=self.guard_effectiveness(group)["guards"],
            knobs=[
                state for state in self._knobs if (state["bot"], state["mode"]) == (group.bot, group.mode)
            ],
            signals_per_day=emitted_per_day(self._tables.of_window(SIGNAL_PERFORMANCE, group), self._days),
        )
        return suggestions(basis)

    def signal_decay(self, group: Group) -> Figures:
        """Return how long signals take, what that costs, and what is left of their edge later."""
        tables = DecayTables(
            *(
                self._tables.of_window(projection, group)
                for projection in (SIGNAL_DELAYS, IMPLEMENTATION_SHORTFALL, EDGE_BY_DELAY)
            )
        )
        basis = Basis(self.view, group)
        return decay_section(tables, basis.rules, basis.closed_before)

    def strategy_leaderboard(self, group: Group) -> Figures:
        """Return strategies side by side, for real and in shadow, with the ranks that the evidence leaves open."""
        basis = Basis(self.view, group)
        tables = LeaderboardTables(
            real=self._tables.of_window(PERFORMANCE, group),
            signals=self._tables.of_window(SIGNAL_PERFORMANCE, group),
            all_real=self._tables.of_all_days(PERFORMANCE, group, REAL_RANKED),
            all_signals=self._of_epoch(SIGNAL_PERFORMANCE, group, SHADOW_RANKED),
        )
        trades = self._tables.rows("trades", ("strategy", *REAL_RESULTS), group)
        ledger = self._tables.rows("ledger", ("strategy", *SHADOW_RESULTS), group)
        return leaderboard_section(tables, trades, ledger, basis.account, basis.of_ranks())

    def performance(self, group: Group) -> Figures:
        """Return results overall and by every dimension."""
        rows = PerformanceRows(
            real=self._tables.of_window(PERFORMANCE, group),
            signals=self._tables.of_window(SIGNAL_PERFORMANCE, group),
            trades=self._tables.rows("trades", (*_DIMENSIONS, *REAL_RESULTS), group),
            days=self._days,
        )
        return performance_section(rows, Basis(self.view, group).account)

    def calibration(self, group: Group) -> Figures:
        """Say whether signals win as often as their confidence says."""
        return calibration_section(
            self._tables.of_window(CALIBRATION, group),
            self._tables.of_window(SHADOW_CALIBRATION, group),
            Basis(self.view, group).block_days,
        )

    def shadow_performance(self, group: Group) -> Figures:
        """Return every signal in both books, beside the real result and the error."""
        ordered = Ordered(
            self._tables.rows("ledger", LEDGER_RESULTS, group),
            self._tables.rows("trades", TRADE_RESULTS, group),
        )
        shadow, real, error = (
            self._tables.of_window(projection, group)
            for projection in (SHADOW_PERFORMANCE, REAL_PERFORMANCE, MEASURED_ERROR)
        )
        return shadow_section(
            shadow, real, error, ordered, Basis(self.view, group).settings.account.days_per_year
        )

    def knob_state(self) -> list[Figures]:
        """Return what every knob stood at when the window ended."""
        return self._knobs

    def log_health(self) -> Figures:
        """Return what came, what was refused, what could not be resolved."""
        return self.view.health(self.window, self.asked.filters)

    @cached_property
    def _knobs(self) -> list[Figures]:
        filters = self.asked.filters
        adjusted, overridden = (
            Filters(filters.bot, None, filters.mode).keep(frame) for frame in self.view.knob_facts()
        )
        end = self.view.watermark if self.window.until is None else self.window.until - 1
        return knob_state_section(
            adjusted, overridden, end, {(group.bot, group.mode) for group in self.groups}
        )

    @property
    def _days(self) -> float | None:
        """Length of the window; None where it has no bounds."""
        since, until = self.window.since, self.window.until
        if since is None:
            return None
        end = self.view.watermark + 1 if until is None else until
        return (end - since) / DAY_US if end > since else None

    def _of_epoch(self, projection: Projection, group: Group, names: Sequence[str]) -> pl.DataFrame:
        return self._tables.of_epoch(projection, group, Basis(self.view, group).settings.digest, names)

    def _verdicts(self, group: Group) -> VerdictBasis:
        return Basis(self.view, group).of_verdicts(self._of_epoch(MEASURED_ERROR, group, ("n", "error_ppm")))


def figures(view: View, section: str, asked: Asked | None = None, now: int | None = None) -> list[Figures]:
    """Return the figures of a section: one object a group, or knob states, or the health of the log.

    Raises UnknownSection.
    """
    answers = Answers(view, asked, now)
    if section == "knob_state":
        return answers.knob_state()
    if section == "log_health":
        return [answers.log_health()]
    if section not in SECTIONS:
        known = (*SECTIONS, *WHOLE)
        close = difflib.get_close_matches(section, known, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}"
        raise UnknownSection(f"{section!r} is no projection; {hint}")
    return [{**group._asdict(), section: getattr(answers, section)(group)} for group in answers.groups]
