"""Calibration: whether the confidence that signals state is how often they win."""

from dataclasses import dataclass

from untaken.projections.statistics.calibration import LEAST_DAYS
from untaken.web.reports.charts.reliability import Point, reliability
from untaken.web.reports.numbers import count, counted, p_value, percent, ratio, written
from untaken.web.reports.parts.grid import Cell, Grid, grid, line
from untaken.web.reports.words import Document, clean

SOURCES = (("shadow", "every signal, in shadow"), ("real", "really traded"))
SURE = 0.05
"""A p value below it says that the confidence is off."""


@dataclass(frozen=True)
class Source:
    name: str
    sentence: str
    points: list[Point]
    table: Grid
    parts: list[Grid]


@dataclass(frozen=True)
class CalibrationView:
    sources: list[Source]
    figures: Grid


def calibration_of(group: Document) -> CalibrationView | None:
    """Lay out the reliability of both books; None where no signal with a result stated a confidence."""
    section = group.get("calibration")
    if not section or not any(section[name]["n"] for name, _ in SOURCES):
        return None
    known = [(name, label) for name, label in SOURCES if section[name]["n"]]
    return CalibrationView(
        sources=[_source(section[name], label) for name, label in known],
        figures=figures_of(section, known),
    )


def _source(source: Document, label: str) -> Source:
    parts = [
        _part(source[part], key, label, part.replace("_", " "))
        for part, key in (("strategies", "strategy"), ("model_versions", "model_version"))
        if source[part]
    ]
    return Source(label, sentence(source), reliability(source["table"]), _table(source, label), parts)


def sentence(source: Document) -> str:
    """Say whether confidence can be believed."""
    n = source["n"]
    if not n:
        return "No signal with a result stated a confidence."
    said, won = percent(source["mean_confidence"], 1), percent(source["accuracy"], 1)
    base = f"Confidence {said} on average, {won} won, over {counted(n, 'signal')}"
    p = source["p_value_by_day"]
    if p is None:
        return f"{base}: too few days with results to tell that from chance, {LEAST_DAYS} are needed."
    if p >= SURE:
        return f"{base}: it can be believed, as far as the records go (p {written(p, 2)})."
    which = "too confident" if source["accuracy"] < source["mean_confidence"] else "too modest"
    if abs(source["accuracy"] - source["mean_confidence"]) < 0.01:
        which = "off, too high in some buckets and too low in others"
    return f"{base}: {which} (p {p_value(p)})."


def figures_of(section: Document, known: list[tuple[str, str]]) -> Grid:
    """Make the table of the scores."""
    rows = [{"name": label, **section[name]} for name, label in known]
    return grid(
        "Calibration",
        rows,
        [
            line("", lambda row: row["name"], words=True),
            line("signals", lambda row: count(row["n"])),
            line("stated", lambda row: percent(row["mean_confidence"], 1)),
            line("won", lambda row: percent(row["accuracy"], 1)),
            line("won / stated", lambda row: ratio(row["accuracy_to_confidence"])),
            line("Brier", lambda row: ratio(row["brier"], 3)),
            line("calibration error", _error, "and what luck alone would give"),
            line("p", lambda row: p_value(row["p_value_by_day"])),
        ],
    )


def _error(row: Document) -> Cell:
    luck, most = row["expected_calibration_error_null_mean"], row["expected_calibration_error_null_95"]
    return Cell(
        percent(row["expected_calibration_error"], 1),
        note=f"luck alone {percent(luck, 1)}, at most {percent(most, 1)}" if luck is not None else "",
    )


def _table(source: Document, label: str) -> Grid:
    return grid(
        f"Reliability, {label}",
        [row for row in source["table"] if row["n"]],
        [
            line("confidence", lambda row: f"{row['from']:.2f} to {row['to']:.2f}"),
            line("signals", lambda row: count(row["n"])),
            line("stated", lambda row: percent(row["mean_confidence"], 1)),
            line("won", lambda row: percent(row["win_rate"], 1)),
            line("interval", lambda row: " to ".join(percent(end) for end in row["win_rate_interval"])),
        ],
    )


def _part(rows: list[Document], key: str, label: str, things: str) -> Grid:
    return grid(
        f"Calibration by {key.replace('_', ' ')}, {label}",
        rows,
        [
            line(key.replace("_", " "), lambda row: clean(row[key]), words=True),
            line("signals", lambda row: count(row["n"])),
            line("stated", lambda row: percent(row["mean_confidence"], 1)),
            line("won", lambda row: percent(row["accuracy"], 1)),
            line("Brier", lambda row: ratio(row["brier"], 3)),
            line("p", lambda row: p_value(row["p_value_by_day"])),
        ],
        things=things,
    )
