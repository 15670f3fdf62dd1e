"""What a report states, and when it is wrong of a bot in which nothing, or a known thing, is planted."""

from __future__ import annotations

from typing import Any

import polars as pl

from tests.generators.planted import FIRST_DAY
from tests.properties.planted.populations import OfView, Rates
from untaken.projections import ledger, trades
from untaken.projections.definition import Projection
from untaken.projections.guard_effectiveness.figures import GuardTables, VerdictBasis, guard_section
from untaken.projections.guard_effectiveness.table import GUARD_EFFECTIVENESS, GUARDS_ASKED
from untaken.projections.missed_opportunity.figures import missed_section
from untaken.projections.missed_opportunity.table import MISSED_OPPORTUNITY, MISSED_REASONS
from untaken.projections.performance.figures import Account
from untaken.projections.performance.table import PERFORMANCE, SIGNAL_PERFORMANCE
from untaken.projections.statistics.rules import VerdictRules
from untaken.projections.strategy_leaderboard import LeaderboardTables, RankingBasis, leaderboard_section
from untaken.replay.whatif.counting import Tried
from untaken.replay.whatif.sweeps.answer import Question, sweep
from untaken.replay.whatif.sweeps.grid import Grid
from untaken.streams.answers import Answers, Group
from untaken.streams.view import Filters, View, Window

STEP_DAYS = 10
"""Days between two looks at what may be looked at always."""
LUCK_95 = 2.18
"""Drawdown beyond luck."""

Side = dict[str, Any]

JUDGED = "a guard without effect is said to save or to cost"
GUARD_INTERVAL = "the interval of a guard does not hold the truth"
CLEARLY = "a reason without effect is said to miss clearly"
RANK = "a rank is excluded, of strategies that are alike"
BEST = "the best strategy is excluded from the first rank"
MOVED = "a knob or a guard without effect is suggested to be moved"
P_BY_DAY = "honest confidence is called wrong (p by day below 0.05)"
P_OF_Z = "p of z is below 0.05 where confidence is honest"
BEYOND_LUCK = "the calibration error is beyond luck's 95 % where confidence is honest"
BUCKET = "the interval of a bucket's win rate does not hold the truth"
PROFIT_FACTOR = "the interval of the profit factor does not hold the truth"
SHARPE = "a Sharpe ratio of 0 is above 0 with 95 %"
DRAWDOWN = "a drawdown by luck is more than luck explains"
HALF_LIFE = "a half-life is identified where nothing decays"
HALF_LIFE_INTERVAL = "the interval of an identified half-life does not hold the truth"
SUPERIOR = "a scenario without effect is called better than the base"
FORWARD = "walking forward over scenarios without effect is called better or worse"
LOCKED = "a scenario without effect is called better or worse on the locked days"

STATED = 0.05
"""Share of any of these that may be wrong."""
OF_INDEPENDENT_SIGNALS = frozenset({P_OF_Z, BEYOND_LUCK, BUCKET})
"""Statements that hold where signals are independent, and are known not to where those of a day go together."""


class Looks:
    """Someone looks every ten days, and any wrong statement counts."""

    def __init__(self, days: int, rules: VerdictRules | None = None) -> None:
        self.days = range(STEP_DAYS * 2, days + 1, STEP_DAYS)
        self.rules = rules or VerdictRules()

    def guards(self, rates: Rates, answers: Answers, group: Group) -> None:
        """Count verdicts on guards that are neutral, and intervals that do not hold 0."""
        asked, guards = (_table(answers, group, each) for each in (GUARDS_ASKED, GUARD_EFFECTIVENESS))
        looks = [
            guard_section(GuardTables(asked, guards, guards), self._basis(day))["guards"] for day in self.days
        ]
        judged = any(guard["verdict"] in {"saves", "costs"} for look in looks for guard in look)
        rates.count(JUDGED, wrong=judged)
        for name in {guard["guard"] for look in looks for guard in look}:
            missed = any(
                not holds(guard["interval_milli_r"], 0)
                for look in looks
                for guard in look
                if guard["guard"] == name
            )
            rates.count(GUARD_INTERVAL, wrong=missed)

    def reasons(self, rates: Rates, answers: Answers, group: Group) -> None:
        """Count reasons that are said to miss clearly, where nothing is missed."""
        table, reasons = (_table(answers, group, each) for each in (MISSED_OPPORTUNITY, MISSED_REASONS))
        looks = [missed_section(table, reasons, self._basis(day))["reason_codes"] for day in self.days]
        clearly = any(
            reason["evidence"] and reason["evidence"]["clearly"] for look in looks for reason in look
        )
        rates.count(CLEARLY, wrong=clearly)

    def ranks(self, rates: Rates, answers: Answers, group: Group) -> None:
        """Count ranks that are excluded, of strategies that are alike."""
        told = any(
            side["ranks_not_excluded"] != [1, len(look)]
            for look in self._boards(answers, group)
            for side in look
        )
        rates.count(RANK, wrong=told)

    def best(self, rates: Rates, answers: Answers, group: Group, best: str) -> None:
        """Count boards on which the strategy that is truly best cannot be first."""
        boards = self._boards(answers, group)
        excluded = any(
            side["ranks_not_excluded"][0] > 1 for look in boards for side in look if side["name"] == best
        )
        rates.count(BEST, wrong=excluded)

    def _boards(self, answers: Answers, group: Group) -> list[list[Side]]:
        real, signals = (_table(answers, group, each) for each in (PERFORMANCE, SIGNAL_PERFORMANCE))
        tables = LeaderboardTables(real[:0], signals[:0], real[:0], signals)
        boards = [
            leaderboard_section(
                tables, trades.empty(), ledger.empty(), Account(), RankingBasis(self.rules, FIRST_DAY + day)
            )["strategies"]
            for day in self.days
        ]
        return [[{"name": each["strategy"], **each["shadow"]} for each in board] for board in boards]

    def _basis(self, day: int) -> VerdictBasis:
        return VerdictBasis(self.rules, declared=0, closed_before=FIRST_DAY + day)


def suggestions(rates: Rates, answers: Answers, group: Group) -> None:
    """Count suggestions to move a knob or a guard."""
    moved = [each for each in answers.suggestions(group) if each["kind"] in {"knob", "guard"}]
    rates.count(MOVED, wrong=bool(moved))


def calibration(rates: Rates, answers: Answers, group: Group) -> None:
    """Count confidences that are not believed although they are honest."""
    found = answers.calibration(group)["shadow"]
    most = found["expected_calibration_error_null_95"]
    rates.count(P_BY_DAY, wrong=found["p_value_by_day"] < 0.05)
    rates.count(P_OF_Z, wrong=found["p_value"] < 0.05)
    rates.count(BEYOND_LUCK, wrong=found["expected_calibration_error"] > most)
    for row in found["table"]:
        inside = holds(row["win_rate_interval"], row["mean_confidence"])
        rates.count(BUCKET, wrong=not inside)


def performance(rates: Rates, answers: Answers, group: Group) -> None:
    """Count intervals that do not hold what a bot without an edge is worth, and luck that is called skill."""
    found = answers.performance(group)["overall"]
    rates.count(
        PROFIT_FACTOR,
        wrong=not holds(found["profit_factor_interval"], 1),
    )
    rates.count(SHARPE, wrong=found["sharpe_above_zero"] > 0.95)
    rates.count(DRAWDOWN, wrong=found["drawdown_to_luck"] > LUCK_95)


def half_life_where_none_is(rates: Rates, answers: Answers, group: Group) -> None:
    """Count half-lives that are identified although the edge, if any, stays."""
    found = answers.signal_decay(group)["overall"]
    rates.count(HALF_LIFE, wrong=found["half_life"] == "identified")


def half_life_of(seconds: float, rates: Rates, answers: Answers, group: Group) -> None:
    """Count intervals, of half-lives that are identified, that do not hold the truth."""
    found = answers.signal_decay(group)["overall"]["half_life_interval_s"]
    if found is not None:
        rates.count(HALF_LIFE_INTERVAL, wrong=not holds(found, seconds))


def sweeps(grid: Grid) -> OfView:
    """Return what counts scenarios that are called better, or worse, in a sweep over all bots."""

    def count(rates: Rates, view: View) -> None:
        for group in sweep(view, Question(grid, unlock=lambda *_: None), Tried())["groups"]:
            rates.count(SUPERIOR, wrong=bool(group["superior"]))
            for statement, judged in ((FORWARD, group["walk_forward"]), (LOCKED, group["out_of_sample"])):
                found = (judged or {}).get("evidence", {}).get("finding")
                rates.count(statement, wrong=found in {"better", "worse"})

    return count


def holds(interval: list[float | None] | None, truth: float) -> bool:
    """Say whether an interval holds a number; one without bounds holds all."""
    low, high = interval or (None, None)
    return (low is None or low <= truth) and (high is None or truth <= high)


def _table(answers: Answers, group: Group, projection: Projection) -> pl.DataFrame:
    return answers.view.table(projection, Window(), Filters(bot=group.bot))
