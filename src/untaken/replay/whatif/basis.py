"""What the evidence about a scenario stands on: the rules of verdicts, closed clusters, the measured error."""

from __future__ import annotations

import math

from untaken.projections.guard_effectiveness.figures import VerdictBasis, rules_of
from untaken.projections.shadow_performance.table import MEASURED_ERROR
from untaken.replay.whatif.books import Account
from untaken.replay.whatif.scenario import Scenario
from untaken.streams.view import Filters, View, Window

DAY_S = 86_400

Key = tuple[str, str, str, str]
"""Bot, run, mode, currency: results of different ones are never added."""


def basis_of(view: View, key: Key, scenario: Scenario, tried: int) -> VerdictBasis:
    """Return the basis of one group; `tried` scenarios were computed on this log, this one included."""
    bot, run, mode, currency = key
    settings = view.context.timeline.latest
    blocks = view.context.block_days(settings, bot, run)
    block_days = max(blocks, math.ceil((scenario.max_hold_s or 0) / DAY_S))
    declared = max((d.longest_hold_s for d in view.context.declarations), default=0.0)
    hold_s = max(settings.shadow.max_hold_s, declared, scenario.max_hold_s or 0.0)
    errors = view.table(
        MEASURED_ERROR,
        Window(),
        Filters(bot, run, mode),
        ("currency", "settings_digest", "n", "error_ppm"),
    ).filter(currency=currency, settings_digest=settings.digest)
    return VerdictBasis(
        rules=rules_of(settings.verdict, block_days),
        declared=tried,
        closed_before=view.closed_before(
            min(hold_s, block_days * DAY_S), settings.shadow.grace_s, block_days
        ),
        error_n=int(errors["n"].sum() or 0),
        error_ppm=int(errors["error_ppm"].sum() or 0),
    )


def account_of(view: View, key: Key) -> Account:
    """Return what a group's results are measured against."""
    bot, run, _, _ = key
    declared = view.context.latest(bot, run)
    settings = view.context.timeline.latest.account
    capital = declared.reference_capital if declared else None
    return Account(capital or settings.reference_capital, settings.days_per_year)
