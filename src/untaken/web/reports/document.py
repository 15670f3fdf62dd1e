"""The report as one document: what terminal, page, JSON and tables show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from untaken.projections.figures import Figures, moment
from untaken.projections.guard_effectiveness.table import GUARDS_ASKED
from untaken.projections.shadow_performance.table import SHADOW_PERFORMANCE
from untaken.replay.whatif.saved import answer_of
from untaken.streams.answers import SECTIONS, Answers, Asked, Group
from untaken.streams.chain.chain import BEGINNING
from untaken.streams.view import View
from untaken.web.reports.banners import banners

__all__ = ["VERSION", "Asked", "Beside", "document"]

VERSION = 2
"""Version of the document: raised when a key changes its meaning or goes; keys may be added within one."""


@dataclass(frozen=True)
class Beside:
    """What a report shows beside the log's own figures."""

    answers: tuple[Figures, ...] = ()
    """Answers to what-ifs and sweeps, as documents."""
    saved: tuple[Figures, ...] = ()
    """Scenarios that were kept, as `saved_figures` gives them."""
    scenario: str | None = None
    """Of a saved state, the rules under which it stands."""


NOTHING_BESIDE = Beside()


def document(
    view: View,
    asked: Asked,
    *,
    log: str,
    version: str,
    now: int | None,
    lag: int,
    beside: Beside = NOTHING_BESIDE,
) -> Figures:
    """Build the report; `now` (microseconds) marks a live log, whose window ends there, not at the watermark."""
    answers = Answers(view, asked, now)
    window = answers.window
    groups = [_group(answers, group) for group in answers.groups]
    health = {**answers.log_health(), "lag": lag}
    shadow, guards = (answers.table(projection) for projection in (SHADOW_PERFORMANCE, GUARDS_ASKED))
    return {
        "document": VERSION,
        "untaken": version,
        "log": log,
        "generated_at": moment(now),
        "watermark": moment(view.watermark) if view.watermark > BEGINNING else None,
        "window": {
            "since": moment(window.since),
            "until": moment(window.until),
            "hours": asked.hours if asked.since is None and asked.until is None else None,
            "live": now is not None,
        },
        "filters": {name: value for name, value in vars(asked.filters).items() if value is not None},
        "scenario": beside.scenario,
        "banners": [*_under(beside.scenario), *banners(groups, health, shadow, guards)],
        "groups": groups,
        "totals_by_mode_and_currency": _totals(groups),
        "knob_state": answers.knob_state(),
        "scenarios": [*_kept(view, beside.scenario), *beside.answers],
        "saved_scenarios": list(beside.saved),
        "log_health": health,
    }


def _under(scenario: str | None) -> list[Figures]:
    if scenario is None:
        return []
    return [{"code": "scenario", "text": f"Under the scenario {scenario}: this is not what happened."}]


def _kept(view: View, scenario: str | None) -> list[Figures]:
    """Return what the scenario of a saved state was answered with: how sure its difference is."""
    answer = None if scenario is None else answer_of(view.chain.state)
    return [] if answer is None else [answer]


def _group(answers: Answers, group: Group) -> Figures:
    sections = {name: getattr(answers, name)(group) for name in SECTIONS}
    return {**answers.header(group), **sections}


def _totals(groups: Iterable[Figures]) -> list[Figures]:
    """In-turn results of runs in one mode and currency; others are never added together."""
    sums: dict[tuple[str, str], Decimal] = {}
    for group in groups:
        key = (group["mode"], group["currency"])
        sums[key] = sums.get(key, Decimal(0)) + group["shadow_performance"]["in_turn"]["pnl"]
    return [
        {"mode": mode, "currency": currency, "pnl": sums[mode, currency]} for mode, currency in sorted(sums)
    ]
