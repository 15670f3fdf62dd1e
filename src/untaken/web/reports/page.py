"""The HTML report as a view: every text and position that the templates put in place."""

from collections.abc import Sequence
from dataclasses import dataclass

from untaken.web.reports.charts.equity import Equity, equity
from untaken.web.reports.charts.months import HeatMap, heat_map
from untaken.web.reports.findings import Findings, find, is_empty, money_of, story
from untaken.web.reports.parts.books import Row, luck, measured_error, rows_of
from untaken.web.reports.parts.calibration import CalibrationView, calibration_of
from untaken.web.reports.parts.decay import DecayView, decay_of
from untaken.web.reports.parts.dimensions import Dimension, dimensions_of
from untaken.web.reports.parts.drawdowns import drawdowns_of
from untaken.web.reports.parts.grid import Grid
from untaken.web.reports.parts.guards import Guards, guards_view
from untaken.web.reports.parts.health import Item, anomalies, items_of, topics, without_prices
from untaken.web.reports.parts.knobs import Knobs, knobs_of
from untaken.web.reports.parts.missed import Missed, missed_of
from untaken.web.reports.parts.overview import Tile, tiles_of
from untaken.web.reports.parts.scenarios import WhatIf, saved_of, what_if_of
from untaken.web.reports.parts.strategies import Leaderboard, leaderboard_of
from untaken.web.reports.parts.sweeps import SweepView, sweep_of
from untaken.web.reports.words import Document, clean, cost_model, filters, instant, who, window

HEAT_MAPS = (("in_turn", "every signal, in shadow, in turn"), ("real", "really traded"))


@dataclass(frozen=True)
class Section:
    """One entry of a run's contents."""

    anchor: str
    title: str


@dataclass(frozen=True)
class GroupView:
    anchor: str
    title: str
    currency: str
    net: str
    """Empty where no block has a result in money."""
    empty: bool
    story: str
    costs: str
    findings: Findings
    tiles: list[Tile]
    guards: Guards | None
    missed: Missed | None
    decay: DecayView | None
    leaderboard: Leaderboard | None
    equity: Equity | None
    months: list[HeatMap]
    drawdowns: Grid | None
    books: list[Row]
    luck: str
    measured_error: str
    calibration: CalibrationView | None
    dimensions: list[Dimension]
    settings_digest: str

    @property
    def sections(self) -> list[Section]:
        """The sections that this run has, in order."""
        there = (
            ("guards", "Guards", self.guards),
            ("missed", "Missed", self.missed),
            ("decay", "Decay", self.decay),
            ("strategies", "Strategies", self.leaderboard),
            ("equity", "Equity", self.books),
            ("months", "Months", self.months),
            ("calibration", "Calibration", self.calibration),
            ("performance", "Performance", self.dimensions),
        )
        return [Section(f"{self.anchor}-{name}", title) for name, title, found in there if found]


@dataclass(frozen=True)
class HealthView:
    items: list[Item]
    topics: str
    without_prices: list[str]
    anomalies: list[str]
    more_anomalies: int


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
    saved: Grid | None
    what_ifs: list[WhatIf]
    sweeps: list[SweepView]
    knobs: list[Knobs]
    health: HealthView


def page_of(report: Document) -> Page:
    """Lay out a report document."""
    health = report.get("log_health") or {}
    answers = report.get("scenarios") or ()
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
        saved=saved_of(report.get("saved_scenarios") or ()),
        what_ifs=[what_if_of(answer) for answer in answers if "sweep" not in answer],
        sweeps=[sweep_of(answer) for answer in answers if "sweep" in answer],
        knobs=knobs_of(report.get("knob_state") or ()),
        health=_health(health),
    )


MOST_ANOMALIES = 50
"""More than these nobody reads on a page; the document lists them all."""


def _health(health: Document) -> HealthView:
    odd = anomalies(health)
    return HealthView(
        items_of(health),
        topics(health),
        without_prices(health),
        odd[:MOST_ANOMALIES],
        max(0, len(odd) - MOST_ANOMALIES),
    )


def _group(number: int, group: Document, health: Document) -> GroupView:
    money = money_of(group)
    found = find(group, health)
    shadow = group["shadow_performance"]
    days: Sequence[Document] = shadow.get("days") or ()
    maps = (heat_map(days, book, label, money) for book, label in HEAT_MAPS)
    guards = guards_view(group, money)
    return GroupView(
        anchor=f"group-{number}",
        title=who(group),
        currency=money.currency,
        net="" if found.net_saved is None else money.signed(found.net_saved),
        empty=is_empty(group),
        story=story(found, money, guards=guards is not None, empty=is_empty(group)),
        costs=cost_model(group),
        findings=found,
        tiles=tiles_of(group, money),
        guards=guards,
        missed=missed_of(group, money),
        decay=decay_of(group),
        leaderboard=leaderboard_of(group, money),
        equity=equity(days, money),
        months=[each for each in maps if each is not None],
        drawdowns=drawdowns_of(days, money),
        books=rows_of(group, money),
        luck=luck(group),
        measured_error=measured_error(shadow),
        calibration=calibration_of(group),
        dimensions=dimensions_of(group, money),
        settings_digest=clean(group.get("settings_digest") or ""),
    )
