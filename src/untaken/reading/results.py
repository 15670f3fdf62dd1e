"""Frames of results: performance under every dimension, strategies, calibration, decay; and the knobs."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from untaken.projections.figures import Figures
from untaken.projections.signal_decay.figures import DELAYS
from untaken.reading.columns import Column, Holds, frame_of
from untaken.reading.frame import (
    BOT,
    COUNTED,
    DRAWDOWN,
    MODE,
    PNL,
    PROFIT_FACTOR,
    SHARPE,
    UNRESOLVED,
    WIN_RATE,
    WINS,
    Frame,
)
from untaken.streams.answers import Answers, Group

_COUNTED = (
    COUNTED,
    PNL,
    WINS,
    Column("losers", "count", "Those that lost money."),
    WIN_RATE,
    PROFIT_FACTOR,
    Column("average_win", "money", "Mean gain of a winner."),
    Column("average_loss", "money", "Mean loss of a loser, as a positive number."),
)
_ORDERED = (
    SHARPE,
    Column("sharpe_lag_corrected", "number", "The same, corrected for the correlation of days."),
    DRAWDOWN,
    Column("drawdown_pct", "number", "The same in percent of the reference capital."),
    Column("longest_winning_streak", "count", "Most wins in a row."),
    Column("longest_losing_streak", "count", "Most losses in a row."),
    Column("current_streak", "count", "Length of the last streak, negative while losing."),
)
_REAL = (
    Column("trades", "count", "Real trades that are closed."),
    *_COUNTED,
    Column("money_unknown", "count", "Those whose money is unknown."),
    Column("fees", "money", "Fees paid."),
    Column("return_ppm_mean", "ppm", "Mean return on notional."),
    Column("hold_s_mean", "seconds", "Mean time from entry to exit."),
    Column("winners_hold_s_mean", "seconds", "The same of winners."),
    *_ORDERED,
)
_SHADOW = (*_COUNTED, UNRESOLVED)
_SHADOW_R = Column("milli_r_mean", "milli_r", "Mean result of those with a stop.")


def _of_signals(name: str, holds: Holds, text: str) -> Column:
    return Column(f"signals_{name}", holds, text, ("signals", name))


def _in_shadow(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    return tuple(
        column.within("shadow", "shadow_", f"{column.text[:-1]}; shadow, in turn.") for column in columns
    )


def _performance(answers: Answers, group: Group) -> Iterator[Figures]:
    for dimension, found in answers.performance(group).items():
        if dimension == "overall":
            yield from ([{**found, "dimension": dimension, "value": None}] if found else [])
        else:
            yield from ({**figures, "dimension": dimension} for figures in found)


PERFORMANCE = Frame(
    "performance",
    "Real trades overall and by every dimension, beside the signals they came from.",
    (
        Column("dimension", "text", "overall, symbol, strategy, regime, confidence, utc_hour, ..."),
        Column("value", "text", "Which one; null overall, and for rows that do not say."),
        *_REAL,
        _of_signals("emitted", "count", "Signals; null under a dimension that signals do not know."),
        _of_signals("taken", "count", "Signals that were traded."),
        _of_signals("emitted_per_day", "number", "Signals a day."),
        _of_signals("taken_per_day", "number", "Signals traded a day."),
        *_in_shadow((*_SHADOW, _SHADOW_R)),
    ),
    _performance,
)


def _strategies(answers: Answers, group: Group) -> Iterator[Figures]:
    yield from answers.strategy_leaderboard(group)["strategies"]


_STANDING = (
    Column("score", "milli_r", "Result a day, shrunk."),
    Column("rank", "count", "Rank over all closed days; null without results."),
    Column("rank_from", "count", "First rank that the evidence does not exclude.", ("ranks_not_excluded", 0)),
    Column("rank_to", "count", "Last rank that the evidence does not exclude.", ("ranks_not_excluded", -1)),
)
STRATEGIES = Frame(
    "strategies",
    "Strategies side by side, for real and in shadow; by rank in shadow.",
    (
        Column("strategy", "text", "Name of the strategy."),
        *(each.within("real", "real_", f"{each.text[:-1]}; real.") for each in (*_REAL, *_STANDING)),
        *_in_shadow((*_SHADOW, _SHADOW_R, *_ORDERED, *_STANDING)),
    ),
    _strategies,
)


def _calibration(answers: Answers, group: Group) -> Iterator[Figures]:
    for source, found in answers.calibration(group).items():
        yield from ({**figures, "source": source} for figures in found["table"])


CALIBRATION = Frame(
    "calibration",
    "Whether signals win as often as their confidence says: a row for each step of confidence.",
    (
        Column("source", "text", "real (trades) or shadow (signals, in turn)."),
        Column("confidence_from", "share", "Confidence of the step, from.", ("from",)),
        Column("confidence_to", "share", "Up to, not included.", ("to",)),
        Column("n", "count", "Results of the step."),
        WINS,
        Column("mean_confidence", "share", "Mean of what was stated."),
        Column("win_rate", "share", "What came of it."),
        Column("win_rate_low", "share", "Lower end of its 95 % interval.", ("win_rate_interval", 0)),
        Column("win_rate_high", "share", "Upper end of its 95 % interval.", ("win_rate_interval", 1)),
    ),
    _calibration,
)

_DECAY_PARTS = {"strategies": "strategy", "symbols": "symbol", "pairs": "strategy and symbol"}
_MICROSECONDS = 1e6


def _decay(answers: Answers, group: Group) -> Iterator[Figures]:
    section = answers.signal_decay(group)
    yield _decay_row("overall", section["overall"])
    for part, name in _DECAY_PARTS.items():
        yield from (_decay_row(name, figures) for figures in section[part])


def _decay_row(part: str, figures: Figures) -> Figures:
    return {
        "strategy": None,
        "symbol": None,
        **figures,
        "part": part,
        "delays_s": [float(delay) for delay in DELAYS],
        **{
            name: [figures[name].get(str(delay)) for delay in DELAYS]
            for name in ("edge_ppm", "paired_difference_ppm")
        },
        **{stage: _seconds(figures[stage]) for stage in ("to_decision", "to_fill")},
    }


def _seconds(durations: Figures) -> Figures:
    """Return durations, which figures have in microseconds, in seconds."""
    return {
        name.removesuffix("_us"): value / _MICROSECONDS
        if name.endswith("_us") and value is not None
        else value
        for name, value in durations.items()
    }


_QUANTILES = ("mean", "median", "p90", "p95", "p99")


def _durations(stage: str, what: str) -> tuple[Column, ...]:
    return (
        Column(f"{stage}_n", "count", f"Signals with a time {what}.", (stage, "n")),
        *(
            Column(f"{stage}_{name}_s", "seconds", f"Time {what}: {name}.", (stage, name))
            for name in _QUANTILES
        ),
    )


SIGNAL_DECAY = Frame(
    "signal_decay",
    "How long signals take, what that costs, and what is left of their edge later.",
    (
        Column("part", "text", "overall, strategy, symbol, or strategy and symbol."),
        Column("strategy", "text", "Strategy; null where it is not told apart."),
        Column("symbol", "text", "Symbol; null where it is not told apart."),
        *_durations("to_decision", "from signal to first decision"),
        *_durations("to_fill", "from signal to first entry fill"),
        Column("shortfall_n", "count", "Fills that the shortfall is of.", ("shortfall_bps", "n")),
        Column(
            "shortfall_bps",
            "number",
            "Mean implementation shortfall; basis points.",
            ("shortfall_bps", "mean"),
        ),
        Column("delays_s", "numbers", "Delays of the next two columns; seconds."),
        Column("edge_ppm", "numbers", "Mean shadow return if entered so late; parts per million."),
        Column("paired_difference_ppm", "numbers", "The same less that without delay, of the same signals."),
        Column("half_life_s", "seconds", "When half of the edge is gone; null where not identified."),
        Column("half_life_low_s", "seconds", "Lower end of its interval.", ("half_life_interval_s", 0)),
        Column("half_life_high_s", "seconds", "Upper end of its interval.", ("half_life_interval_s", 1)),
        Column("half_life_reason", "text", "Why it is not identified."),
    ),
    _decay,
)

KNOB_COLUMNS = (
    BOT,
    MODE,
    Column("symbol", "text", "Symbol that it was set for; null: all."),
    Column("knob", "text", "Name of the knob."),
    Column("alias", "text", "What bots call it in their environment."),
    Column("unit", "text", "Unit of its values."),
    Column("current", "number", "Value that holds: the override, else what was learned, else the default."),
    Column("used", "number", "The same as it is used: whole where the knob is whole."),
    Column("learned", "number", "What cycles have learned, beneath an override."),
    Column("default", "number", "Default."),
    Column("target", "number", "Where the last rules pull it; null where no cycle moved it."),
    Column("low", "number", "Least value.", ("range", 0)),
    Column("high", "number", "Greatest value.", ("range", 1)),
    Column("last_rules", "texts", "Rules of the last move."),
    Column("evidence", "json", "Figures behind the last move."),
    Column("last_change", "time", "When it was moved or overridden last."),
    Column("overridden_by", "text", "Whose override holds; null: nobody's.", ("override", "by")),
    Column("override_why", "text", "Why.", ("override", "why")),
    Column("override_until", "time", "When it ends; null: with the next one.", ("override", "until")),
)
"""Columns of the knobs, which are a bot's, whatever its runs and currencies."""

FRAMES = (PERFORMANCE, STRATEGIES, CALIBRATION, SIGNAL_DECAY)


def knobs(answers: Answers) -> pl.DataFrame:
    """Return what every knob stood at when the window ended."""
    return frame_of(answers.knob_state(), KNOB_COLUMNS)
