"""The HTML report as a view: every text and position that the templates put in place."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from untaken.web.reports.charts.bars import Balance, Calendar, Days, balances, calendar_of, days_of
from untaken.web.reports.charts.equity import Equity, equity
from untaken.web.reports.charts.intervals import Axis, Interval, forest, interval_words, mean_words
from untaken.web.reports.details import Detail, details_of
from untaken.web.reports.findings import Findings, find, guards_of, money_of, of_portfolio, story
from untaken.web.reports.health import Item, anomalies, items_of, topics, without_prices
from untaken.web.reports.numbers import Money, count
from untaken.web.reports.performance import Row, measured_error, rows_of
from untaken.web.reports.words import (
    VERDICTS,
    Document,
    Verdict,
    basis,
    clean,
    cost_model,
    filters,
    instant,
    who,
    window,
)


@dataclass(frozen=True)
class GuardRow:
    name: str
    kind: str
    portfolio: bool
    verdict: Verdict
    sentence: str
    blocked: str
    avoided: str
    missed: str
    net: str
    mean: str
    range: str
    interval: Interval
    balance: Balance | None
    days: Days | None


@dataclass(frozen=True)
class Tally:
    verdict: Verdict
    number: int


@dataclass(frozen=True)
class GroupView:
    anchor: str
    title: str
    currency: str
    net: str
    story: str
    basis: str
    costs: str
    findings: Findings
    tally: list[Tally]
    guards: list[GuardRow]
    axis: Axis
    calendar: Calendar | None
    details: list[Detail]
    performance: list[Row]
    measured_error: str
    equity: Equity | None
    settings_digest: str


@dataclass(frozen=True)
class HealthView:
    items: list[Item]
    topics: str
    without_prices: list[str]
    anomalies: list[str]


@dataclass(frozen=True)
class Page:
    log: str
    version: str
    window: str
    filters: str
    made: str
    watermark: str
    banners: list[str]
    groups: list[GroupView]
    health: HealthView


def page_of(report: Document) -> Page:
    """Lay out a report document."""
    health = report.get("log_health") or {}
    return Page(
        log=clean(report["log"]),
        version=clean(report["untaken"]),
        window=window(report),
        filters=filters(report),
        made=instant(report["generated_at"]) if report.get("generated_at") else "",
        watermark=instant(report["watermark"]) if report.get("watermark") else "none yet",
        banners=[clean(banner["text"]) for banner in report.get("banners") or ()],
        groups=[
            _group(number, group, health if number == 1 else {})
            for number, group in enumerate(report["groups"], 1)
        ],
        health=HealthView(items_of(health), topics(health), without_prices(health), anomalies(health)),
    )


def _group(number: int, group: Document, health: Document) -> GroupView:
    money = money_of(group)
    guards = guards_of(group)
    found = find(group, health)
    shadow = group["shadow_performance"]
    axis, intervals = forest(guards)
    bars = balances(guards, money)
    calendar = calendar_of(guards)
    return GroupView(
        anchor=f"group-{number}",
        title=who(group),
        currency=money.currency,
        net=money.signed(found.net_saved),
        story=story(found, money, guards=bool(guards)),
        basis=basis(group),
        costs=cost_model(group),
        findings=found,
        tally=_tally(guards),
        guards=[_row(*parts, calendar, money) for parts in zip(guards, intervals, bars, strict=True)],
        axis=axis,
        calendar=calendar,
        details=details_of(guards, money),
        performance=rows_of(shadow, money),
        measured_error=measured_error(shadow),
        equity=equity(shadow.get("days") or (), money),
        settings_digest=clean(group.get("settings_digest") or ""),
    )


def _row(
    guard: Document, interval: Interval, balance: Balance | None, calendar: Calendar | None, money: Money
) -> GuardRow:
    return GuardRow(
        name=clean(guard["guard"]),
        kind=clean(guard.get("kind") or "kind not said"),
        portfolio=of_portfolio(guard),
        verdict=VERDICTS[guard["verdict"]],
        sentence=clean(guard.get("verdict_sentence") or ""),
        blocked=f"{count(guard.get('blocked'))} of {count(guard.get('judged'))}",
        avoided=money.plain(guard.get("avoided_loss")),
        missed=money.plain(guard.get("missed_profit")),
        net=money.signed(guard.get("net_saved")),
        mean=mean_words(guard),
        range=interval_words(guard),
        interval=interval,
        balance=balance,
        days=days_of(guard, calendar) if calendar else None,
    )


def _tally(guards: Sequence[Document]) -> list[Tally]:
    numbers = Counter(guard["verdict"] for guard in guards)
    return [Tally(verdict, numbers[name]) for name, verdict in VERDICTS.items() if numbers[name]]
