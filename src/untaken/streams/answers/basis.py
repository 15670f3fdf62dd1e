"""What figures of a group stand on beside their tables: settings in force, closed clusters, measured error."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from untaken.projections.figures import Figures, total
from untaken.projections.guard_effectiveness.figures import VerdictBasis, rules_of
from untaken.projections.performance.figures import Account
from untaken.projections.statistics.rules import VerdictRules
from untaken.projections.strategy_leaderboard import RISK_PPM, RankingBasis
from untaken.schemas.settings import ResultSettings
from untaken.streams.answers.asked import Group
from untaken.streams.view import View

DAY_S = 86_400


@dataclass(frozen=True)
class Basis:
    """The settings that hold for the newest signals of a group, and what follows from them."""

    view: View
    group: Group

    @property
    def settings(self) -> ResultSettings:
        """The settings of the epoch."""
        return self.view.context.timeline.latest

    @property
    def rules(self) -> VerdictRules:
        """Rules of verdicts, with the clusters of this run."""
        return rules_of(self.settings.verdict, self.block_days)

    @property
    def block_days(self) -> int:
        """Days in a cluster."""
        return self.view.context.block_days(self.settings, self.group.bot, self.group.run)

    @property
    def closed_before(self) -> int:
        """Results of signals before this day (since 1970-01-01) are in."""
        declared = (each.longest_hold_s for each in self.view.context.declarations)
        hold_s = max(self.settings.shadow.max_hold_s, *declared, 0.0)
        block_days = self.block_days
        return self.view.closed_before(
            min(hold_s, block_days * DAY_S), self.settings.shadow.grace_s, block_days
        )

    @property
    def account(self) -> Account:
        """What results are measured against."""
        declared = self.view.context.latest(self.group.bot, self.group.run)
        capital = declared.reference_capital if declared else None
        account = self.settings.account
        return Account(capital or account.reference_capital, account.days_per_year)

    def of_verdicts(self, errors: pl.DataFrame) -> VerdictBasis:
        """Return what verdicts stand on; `errors` are the sums of MEASURED_ERROR over the epoch."""
        declared = self.view.context.latest(self.group.bot, self.group.run)
        return VerdictBasis(
            rules=self.rules,
            declared=len(declared.guards) if declared else 0,
            closed_before=self.closed_before,
            error_n=total(errors, "n"),
            error_ppm=total(errors, "error_ppm"),
        )

    def of_ranks(self) -> RankingBasis:
        """Return what ranks stand on; a real trade is taken to risk the stop of the settings."""
        risk_ppm = round(self.settings.shadow.stop_loss_pct * 10_000) or RISK_PPM
        return RankingBasis(self.rules, self.closed_before, risk_ppm)

    def header(self) -> Figures:
        """Say whose figures these are, and on which terms they were made."""
        shadow = self.settings.shadow
        return {
            **self.group._asdict(),
            "reference_capital": self.account.reference_capital,
            "cost_model": {
                "fee_bps": shadow.fee_bps,
                "slippage_bps": shadow.slippage_bps,
                "size": shadow.size,
                "after_fees": True,
            },
            "settings_digest": self.settings.digest,
        }
