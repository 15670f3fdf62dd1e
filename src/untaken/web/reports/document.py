"""The report as one document: what terminal, JSON and HTML show."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from untaken.projections.figures import Figures, moment
from untaken.projections.guard_effectiveness import GUARD_EFFECTIVENESS, GUARDS_ASKED
from untaken.projections.guard_figures import GuardTables, VerdictBasis, guard_section, rules_of
from untaken.projections.shadow_figures import LEDGER_RESULTS, TRADE_RESULTS, Ordered, shadow_section
from untaken.projections.shadow_performance import MEASURED_ERROR, REAL_PERFORMANCE, SHADOW_PERFORMANCE
from untaken.schemas.settings import MICROSECONDS, ResultSettings
from untaken.streams.chain.chain import BEGINNING
from untaken.streams.view import Filters, View, Window
from untaken.web.reports.banners import banners

GROUP = ("bot", "run", "mode", "currency")


@dataclass(frozen=True)
class Asked:
    """What a report is asked for; `hours` None is everything."""

    hours: float | None = 24.0
    since: int | None = None
    until: int | None = None
    filters: Filters = field(default_factory=Filters)


def document(view: View, asked: Asked, *, log: str, version: str, now: int | None, lag: int) -> Figures:
    """Build the report; `now` (microseconds) marks a live log, whose window ends there, not at the watermark."""
    window = _window(view, asked, now)
    tables = _Tables(view, window, asked.filters)
    groups = [_group(view, tables, key) for key in tables.groups()]
    health = {**view.health(window, asked.filters), "lag": lag}
    return {
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
        "banners": banners(groups, health, tables.shadow, tables.asked),
        "groups": groups,
        "totals_by_mode_and_currency": _totals(groups),
        "log_health": health,
    }


def _window(view: View, asked: Asked, now: int | None) -> Window:
    if asked.since is not None or asked.until is not None:
        return Window(asked.since, asked.until)
    if asked.hours is None or (now is None and view.watermark <= BEGINNING):
        return Window()
    end = now if now is not None else view.watermark + 1
    return Window(end - round(asked.hours * 3600 * MICROSECONDS), end)


class _Tables:
    """The tables that a report is made of, each loaded once."""

    def __init__(self, view: View, window: Window, filters: Filters) -> None:
        self.window = window
        self.shadow = view.table(SHADOW_PERFORMANCE, window, filters)
        self.asked = view.table(GUARDS_ASKED, window, filters)
        self.guards = view.table(GUARD_EFFECTIVENESS, window, filters)
        self.real = view.table(REAL_PERFORMANCE, window, filters)
        self.error = view.table(MEASURED_ERROR, window, filters)
        self.all_guards = view.table(GUARD_EFFECTIVENESS, Window(), filters)
        self.all_errors = view.table(MEASURED_ERROR, Window(), filters)
        self.ledger = view.columns("ledger", (*GROUP, *LEDGER_RESULTS), window, filters)
        self.trades = view.columns("trades", (*GROUP, *TRADE_RESULTS), window, filters)

    def groups(self) -> list[tuple[str, str, str, str]]:
        """Every (bot, run, mode, currency) there is, sorted."""
        columns = pl.concat([table.select(GROUP) for table in (self.shadow, self.real, self.all_guards)])
        return [tuple(row) for row in columns.unique().sort(GROUP).iter_rows()]


def of_group(table: pl.DataFrame, key: tuple[str, str, str, str]) -> pl.DataFrame:
    """Rows of one bot, run, mode and currency."""
    return table.filter(*(pl.col(name) == value for name, value in zip(GROUP, key, strict=True)))


def _group(view: View, tables: _Tables, key: tuple[str, str, str, str]) -> Figures:
    bot, run, mode, currency = key
    settings = view.context.timeline.latest
    declared = view.context.latest(bot, run)
    capital = declared.reference_capital if declared else None
    epoch = of_group(tables.all_guards, key).filter(settings_digest=settings.digest)
    basis = _basis(
        view, settings, key, of_group(tables.all_errors, key), len(declared.guards) if declared else 0
    )
    ordered = Ordered(of_group(tables.ledger, key), of_group(tables.trades, key))
    shadow = shadow_section(
        of_group(tables.shadow, key),
        of_group(tables.real, key),
        of_group(tables.error, key),
        ordered,
        settings.account.days_per_year,
    )
    return {
        "bot": bot,
        "run": run,
        "mode": mode,
        "currency": currency,
        "reference_capital": capital or settings.account.reference_capital,
        "cost_model": {
            "fee_bps": settings.shadow.fee_bps,
            "slippage_bps": settings.shadow.slippage_bps,
            "size": settings.shadow.size,
            "after_fees": True,
        },
        "settings_digest": settings.digest,
        "guard_effectiveness": guard_section(
            GuardTables(of_group(tables.asked, key), of_group(tables.guards, key), epoch), basis
        ),
        "shadow_performance": shadow,
    }


def _basis(
    view: View, settings: ResultSettings, key: tuple[str, str, str, str], errors: pl.DataFrame, declared: int
) -> VerdictBasis:
    bot, run, _, _ = key
    block_days = view.context.block_days(settings, bot, run)
    hold_s = max(settings.shadow.max_hold_s, *(d.longest_hold_s for d in view.context.declarations), 0.0)
    mine = errors.filter(settings_digest=settings.digest)
    return VerdictBasis(
        rules=rules_of(settings.verdict, block_days),
        declared=declared,
        closed_before=view.closed_before(
            min(hold_s, block_days * 86_400), settings.shadow.grace_s, block_days
        ),
        error_n=int(mine["n"].sum() or 0),
        error_ppm=int(mine["error_ppm"].sum() or 0),
    )


def _totals(groups: Iterable[Figures]) -> list[Figures]:
    """In-turn results of runs in one mode and currency; others are never added together."""
    sums: dict[tuple[str, str], Decimal] = {}
    for group in groups:
        key = (group["mode"], group["currency"])
        sums[key] = sums.get(key, Decimal(0)) + group["shadow_performance"]["in_turn"]["pnl"]
    return [
        {"mode": mode, "currency": currency, "pnl": sums[mode, currency]} for mode, currency in sorted(sums)
    ]


def finite(value: float | None) -> float | None:
    """JSON knows no infinity: what is not finite is null."""
    return value if value is not None and math.isfinite(value) else None
