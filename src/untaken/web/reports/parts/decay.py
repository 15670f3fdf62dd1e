"""Signal decay: how fast signals become decisions and fills, what that costs, what is left of the edge later."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from untaken.projections.statistics.half_life import LEAST_DELAYS
from untaken.web.reports.charts.decay import Decay, decay_curve
from untaken.web.reports.charts.durations import DurationAxis, Durations, durations
from untaken.web.reports.numbers import UNKNOWN, count, counted, delay, duration, ppm, too_few, written
from untaken.web.reports.parts.grid import Cell, Grid, grid, largest_first, line
from untaken.web.reports.words import Document, clean

STAGES = (("to_decision", "signal to decision"), ("to_fill", "signal to fill"))
REASONS = {
    "clusters": "too few days with results",
    "no_edge": "no edge at once that could decay",
    "fit": "no decay within an hour",
    "interval": "the results fit too many half-lives",
}


@dataclass(frozen=True)
class DecayView:
    half_life: str
    sentence: str
    curve: Decay | None
    edges: Grid
    axis: DurationAxis | None
    stages: list[Durations]
    latencies: Grid
    parts: list[Grid]


def decay_of(group: Document) -> DecayView | None:
    """Lay out the decay; None where no signal has a duration or a result."""
    section = group.get("signal_decay")
    if not section or not _anything(section["overall"]):
        return None
    overall = section["overall"]
    drawn = durations([(name, overall[stage]) for stage, name in STAGES])
    return DecayView(
        half_life=half_life_words(overall),
        sentence=sentence(overall),
        curve=decay_curve(overall),
        edges=edges_of(overall),
        axis=drawn[0] if drawn else None,
        stages=drawn[1] if drawn else [],
        latencies=latencies_of(overall),
        parts=[
            _parts(section["strategies"], "strategy", "strategies"),
            _parts(section["symbols"], "symbol", "symbols"),
        ],
    )


def _anything(overall: Document) -> bool:
    return bool(overall["to_decision"]["n"] or overall["to_fill"]["n"] or overall["edge_n"]["0"])


def half_life_words(figures: Document) -> str:
    if figures["half_life_s"] is None:
        return "not identified"
    low, high = figures["half_life_interval_s"]
    return f"{delay(figures['half_life_s'])} ({delay(low)} to {delay(high)})"


def why_not(figures: Document) -> str:
    """Say why there is no half-life."""
    reason = figures["half_life_reason"]
    if reason == "delays":
        known = sum(figures["edge_ppm"][str(d)] is not None for d in delays_of(figures) if d)
        return too_few(known, LEAST_DELAYS, "delays have a price of their own")
    return REASONS.get(reason, clean(reason or "nothing known"))


def sentence(figures: Document) -> str:
    """Say what being late costs: how late fills are, what that costs in price, and when the edge is half gone."""
    fill, shortfall = figures["to_fill"], figures["shortfall_bps"]
    parts = []
    if fill["n"]:
        parts.append(
            f"Half of the fills come within {duration(fill['median_us'])} of their signal, "
            f"95 % within {duration(fill['p95_us'])}."
        )
    if shortfall["n"]:
        parts.append(
            f"They paid {written(shortfall['mean'], 2, signed=True)} bps against the decision's price, "
            f"over {counted(shortfall['n'], 'fill')}."
        )
    if figures["half_life_s"] is None:
        parts.append(f"Half-life of the edge not identified: {why_not(figures)}.")
    else:
        low, high = figures["half_life_interval_s"]
        parts.append(
            f"Half of the edge is gone after {delay(figures['half_life_s'])}; "
            f"{delay(low)} to {delay(high)} fits the records."
        )
    return " ".join(parts)


def edges_of(figures: Document) -> Grid:
    """Make the table of the curve: what entering later comes to, beside entering at once."""
    rows = [{"delay": d, **_edge(figures, d)} for d in delays_of(figures)]
    return grid(
        "Edge by delay",
        [row for row in rows if row["n"]],
        [
            line("entered", lambda row: f"{delay(row['delay'])} late" if row["delay"] else "at once"),
            line("signals", lambda row: count(row["n"])),
            line("mean return", lambda row: ppm(row["edge"])),
            line("against at once", lambda row: ppm(row["difference"])),
        ],
    )


def delays_of(figures: Document) -> list[int]:
    """Give the delays in seconds, 0 first."""
    return sorted(map(int, figures["edge_n"]))


def _edge(figures: Document, d: int) -> Document:
    key = str(d)
    return {
        "n": figures["edge_n"][key],
        "edge": figures["edge_ppm"][key],
        "difference": figures["paired_difference_ppm"].get(key),
    }


def latencies_of(figures: Document) -> Grid:
    """Make the table of durations; those below 0 are clocks that disagree, and in no figure."""
    rows = [{"name": name, **figures[stage]} for stage, name in STAGES]
    quantiles = ("median", "p90", "p95", "p99")
    return grid(
        "Durations",
        rows,
        [
            line("", lambda row: row["name"], words=True),
            line("signals", lambda row: count(row["n"])),
            line("mean", lambda row: duration(row["mean_us"])),
            *(line(name, _quantile(f"{name}_us")) for name in quantiles),
            line("below 0", lambda row: count(row["negative"])),
        ],
    )


def _quantile(key: str) -> Callable[[Document], str]:
    return lambda row: duration(row[key])


def _parts(rows: Sequence[Document], key: str, things: str) -> Grid:
    return grid(
        f"Decay by {key}",
        largest_first(rows, lambda row: row["edge_n"]["0"]),
        [
            line(key, lambda row: clean(row[key]) if row[key] is not None else "none", words=True),
            line("to decision, median", lambda row: duration(row["to_decision"]["median_us"])),
            line("to fill, median", lambda row: duration(row["to_fill"]["median_us"])),
            line("p95", lambda row: duration(row["to_fill"]["p95_us"])),
            line("shortfall, bps", lambda row: written(row["shortfall_bps"]["mean"], 2, signed=True)),
            line("edge at once", lambda row: ppm(row["edge_ppm"]["0"])),
            line("1 min late", lambda row: ppm(row["edge_ppm"]["60"])),
            line("15 min late", lambda row: ppm(row["edge_ppm"]["900"])),
            line("half-life", _half_life),
        ],
        things=things,
    )


def _half_life(row: Document) -> Cell:
    if row["half_life_s"] is None:
        return Cell(UNKNOWN, note=why_not(row))
    low, high = row["half_life_interval_s"]
    return Cell(delay(row["half_life_s"]), note=f"{delay(low)} to {delay(high)}")
