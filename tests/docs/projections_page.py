"""The page of all projections: tables read off the catalogue, figures as they are told beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.docs.projection_figures import (
    CALIBRATION,
    DECAY,
    GUARDS,
    HEALTH,
    KNOBS,
    LEADERBOARD,
    MISSED,
    PERFORMANCE,
    SHADOW,
    SOURCES,
    SUGGESTIONS,
    Told,
)
from untaken.projections.catalogue import PROJECTIONS
from untaken.projections.definition import Projection
from untaken.projections.performance.dimensions import ByDimension


@dataclass(frozen=True)
class Section:
    """Figures under one name, and the tables that they are made of."""

    name: str
    about: str
    figures: Told
    tables: tuple[str, ...] = ()


SECTIONS = (
    Section(
        "guard_effectiveness",
        "What each guard's blocks saved and cost. Money is that of the book in turn, given to the first blocker.",
        GUARDS,
        ("guards_asked", "guard_effectiveness"),
    ),
    Section(
        "missed_opportunity",
        "What the signals that were never traded would have brought: by reason, guard, strategy and symbol.",
        MISSED,
        ("missed_opportunity", "missed_reasons"),
    ),
    Section(
        "suggestions",
        "Which knobs and guards to move, from missed opportunities, verdicts and knobs; most money at stake first. Of a reason "
        "whose misses may be luck nothing is suggested.",
        SUGGESTIONS,
    ),
    Section(
        "signal_decay",
        "How long a signal takes to a decision and a fill, what that costs, and what is left of its edge later.",
        DECAY,
        ("signal_delays", "implementation_shortfall", "edge_by_delay"),
    ),
    Section(
        "knob_state",
        "What each knob stood at when the window ended, by bot, mode and symbol. Read from `knob.adjusted` and `knob.overridden` "
        "alone: no table is kept.",
        KNOBS,
    ),
    Section(
        "strategy_leaderboard",
        "Strategies side by side, for real and in shadow. Read from the tables of `performance` under the dimension `strategy`.",
        LEADERBOARD,
    ),
    Section(
        "performance",
        "Results of real trades, and of all signals in turn, overall and under every dimension.",
        PERFORMANCE,
        ("performance", "signal_performance"),
    ),
    Section(
        "calibration",
        "Whether signals win as often as their confidence says, for real and in shadow.",
        CALIBRATION,
        ("calibration", "shadow_calibration"),
    ),
    Section(
        "shadow_performance",
        "All signals in both books, beside the real result, and the measured error of the simulation.",
        SHADOW,
        ("shadow_performance", "real_performance", "measured_error"),
    ),
    Section(
        "log_health", "What came, what was refused, what could not be resolved.", HEALTH, ("signal_health",)
    ),
)

_HEAD = """\
# Projections

<!-- Made by `python -m tests.docs.generating` from the catalogue of projections; do not edit. -->

Every figure that Untaken gives, by the name it has in `untaken report --json` and in Python. A projection keeps sums of whole
numbers by UTC day and keys, of ledger rows or of trades: those of a corrected row are taken out and put in anew, so that live,
rebuilt and merged tables are equal to the last bit ([Exactness](../explanation/exactness.md)). Figures are computed from these
sums when they are asked for, over any window; what is no sum (drawdowns, streaks) from rows in order of exit.

Money is in the account currency, after fees; `_e8` are whole numbers of 1e-8 of it, `_ppm` millionths of the size or notional,
`_milli_r` thousandths of the planned risk R, `_us` microseconds, `_e4` 1e-4. Figures are of one bot, run, mode and currency,
and never added across them. A figure with too few rows is null, never 0; where that is not plain it is said below. Numbers in
brackets are [sources](#sources).

"""


def projections_page() -> str:
    """Return the page: of each section its tables and its figures."""
    return "".join([_HEAD, *(_section(section) for section in SECTIONS), *_sources()])


def _section(section: Section) -> str:
    by_name = {projection.name: projection for projection in PROJECTIONS}
    tables = [_table(by_name[name]) for name in section.tables]
    rows = [f"| `{name}` | {_cell(told)} |\n" for name, told in section.figures.items()]
    figures = "".join(["| figure | |\n| --- | --- |\n", *rows])
    return f"## {section.name}\n\n{section.about}\n\n{''.join(tables)}{figures}\n"


def _table(projection: Projection) -> str:
    source = "ledger rows" if projection.source == "ledger" else "trades"
    keys = ", ".join(f"`{key}`" for key in ("day", *projection.keys))
    sums = ", ".join(f"`{name}`" for name in projection.sums)
    dimensions = (
        f" Dimensions: {', '.join(f'`{each.name}`' for each in projection.dimensions)}."
        if isinstance(projection, ByDimension)
        else ""
    )
    return (
        f"Table `{projection.name}` (version {projection.version}), of {source} by their `{projection.time}`. "
        f"Keys: {keys}. Sums: {sums}.{dimensions}\n\n"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _sources() -> Iterator[str]:
    yield "## Sources\n\n"
    for number, source in enumerate(SOURCES, start=1):
        yield f"{number}. {source}.\n"
