"""Frames of figures: which columns each has, and where in the figures their rows lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from untaken.projections.figures import Figures
from untaken.reading.columns import Column
from untaken.reading.frame import (
    COUNTED,
    DRAWDOWN,
    PNL,
    PROFIT_FACTOR,
    SHARPE,
    UNRESOLVED,
    WIN_RATE,
    WINS,
    Frame,
)
from untaken.streams.answers import Answers, Group


def _interval(key: str, of: str, *path: str) -> tuple[Column, Column]:
    """Return the ends of an interval, nothing where there is none."""
    return (
        Column(
            f"{key}_low", "milli_r", f"Lower end of the interval of {of}.", (*path, "interval_milli_r", 0)
        ),
        Column(
            f"{key}_high", "milli_r", f"Upper end of the interval of {of}.", (*path, "interval_milli_r", 1)
        ),
    )


def _bounds(key: str, what: str) -> tuple[Column, Column]:
    return (
        Column(
            f"{key}_low", "money", f"{what}, at least, where guards were not asked.", (f"{key}_bounds", 0)
        ),
        Column(f"{key}_high", "money", f"{what}, at most.", (f"{key}_bounds", 1)),
    )


def _guards(answers: Answers, group: Group) -> Iterator[Figures]:
    yield from answers.guard_effectiveness(group)["guards"]


GUARDS = Frame(
    "guards",
    "What each guard saved and cost, with its verdict; by net saved. Sums are of the window, verdicts of all closed days.",
    (
        Column("guard", "text", "Name of the guard."),
        Column("kind", "text", "What it looks at: stateless, market or portfolio."),
        Column(
            "bucket", "text", "`portfolio` for guards that had no room, which are judged apart; else `guard`."
        ),
        Column("judged", "count", "Signals it gave a verdict on."),
        Column("blocked", "count", "Signals it blocked, alone or with others."),
        Column("block_rate", "share", "Blocked of judged."),
        Column("first_blocked", "count", "Signals it was the first to block; money is of these."),
        Column("resolved", "count", "Blocked signals whose shadow trade has a result."),
        Column(
            "overlapped", "count", "Blocked signals whose predecessor was still open; they carry no money."
        ),
        Column("unresolved", "count", "Blocked signals without a result yet, or without prices."),
        Column("counted", "count", "Signals that the money is of."),
        Column(
            "money_unknown", "count", "Signals with a result whose money is unknown: no conversion was given."
        ),
        Column("unknown_beyond_first", "count", "First blocks after which later guards were not asked."),
        Column("avoided_loss", "money", "Losses of the shadow trades it blocked."),
        Column("missed_profit", "money", "Gains of the shadow trades it blocked."),
        Column("net_saved", "money", "Avoided loss less missed profit."),
        Column("avoided_loss_milli_r", "milli_r", "Avoided loss."),
        Column("missed_profit_milli_r", "milli_r", "Missed profit."),
        Column("net_saved_milli_r", "milli_r", "Net saved."),
        Column("avoided_share", "share", "Blocks that avoided a loss, of those counted."),
        Column("sole", "money", "Net saved where it was the only blocker."),
        *_bounds("sole", "Net saved as only blocker"),
        Column("shapley", "money", "Net saved, each signal's shared equally among its blockers."),
        *_bounds("shapley", "Net saved as shared"),
        Column("verdict", "text", "saves, costs, no_material_effect or inconclusive."),
        Column(
            "mean_saved_milli_r", "milli_r", "Mean saved per block.", ("verdict_detail", "mean_saved_milli_r")
        ),
        *_interval("mean_saved_milli_r", "the mean saved per block"),
        *(
            column.within("verdict_detail")
            for column in (
                Column("clusters", "count", "Clusters of days that the verdict stands on."),
                Column("failing_gates", "texts", "What an inconclusive verdict lacks."),
                Column("more_days_about", "count", "About how many more days are needed."),
                Column(
                    "break_even_extra_cost",
                    "money",
                    "Extra cost per blocked signal at which the guard would come out even.",
                ),
            )
        ),
        Column("verdict_sentence", "text", "The verdict in a sentence."),
    ),
    _guards,
)

_PARTS = {"reason_codes": "reason_code", "guards": "guard", "strategies": "strategy", "symbols": "symbol"}
_NO_EVIDENCE: dict[str, Any] = {"evidence": None}


def _missed(answers: Answers, group: Group) -> Iterator[Figures]:
    section = answers.missed_opportunity(group)
    yield {"part": "overall", "value": None, **_NO_EVIDENCE, **section}
    for part, key in _PARTS.items():
        for figures in section[part]:
            yield {**_NO_EVIDENCE, **figures, "part": key, "value": figures[key]}


_MISSED = (
    Column("missed", "count", "Signals that were not traded."),
    Column("blocked", "count", "Those that were blocked."),
    Column("expired", "count", "Those that lapsed."),
    Column("never_traded", "count", "Those that nothing kept from being traded."),
    Column("counted", "count", "Those that the money is of: resolved, in turn."),
    Column("missed_profit", "money", "Gains of their shadow trades."),
    Column("avoided_loss", "money", "Losses of their shadow trades."),
    Column("net_opportunity_cost", "money", "Missed profit less avoided loss."),
    Column("hypothetical_win_rate", "share", "Winners of those counted."),
)
MISSED_OPPORTUNITIES = Frame(
    "missed_opportunities",
    "What signals that were never traded would have brought: overall, and by what blocked them, strategy and symbol.",
    (
        Column("part", "text", "overall, reason_code, guard, strategy or symbol."),
        Column("value", "text", "Which one; null overall, and for signals that nothing blocked."),
        *_MISSED,
        Column("unresolved", "count", "Those without a result yet, or without prices."),
        Column("overlapped", "count", "Those whose predecessor was still open; they carry no money."),
        Column("money_unknown", "count", "Those whose money is unknown: no conversion was given."),
        *(
            each.within("confident", "confident_", f"{each.text[:-1]}; confidence from 0.60.")
            for each in _MISSED
        ),
        Column(
            "alone_net_opportunity_cost",
            "money",
            "Missed profit less avoided loss of every signal by itself.",
            ("alone", "net_opportunity_cost"),
        ),
        Column(
            "clearly",
            "text",
            "missed_profit or avoided_loss, where the evidence is clear.",
            ("evidence", "clearly"),
        ),
        Column(
            "mean_missed_milli_r",
            "milli_r",
            "Mean missed per signal of a reason.",
            ("evidence", "mean_missed_milli_r"),
        ),
        *_interval("mean_missed_milli_r", "the mean missed", "evidence"),
    ),
    _missed,
)

_BOOKS = ("in_turn", "alone", "real")


def _shadow(answers: Answers, group: Group) -> Iterator[Figures]:
    section = answers.shadow_performance(group)
    for book in _BOOKS:
        figures = section[book]
        yield {
            "book": book,
            "trades": figures.get("resolved", figures.get("trades_closed")),
            **{name: figures.get(name) for name in ("trades_open", "fees", "return_ppm_mean", "milli_r")},
            **{name: figures.get(name) for name in ("money_unknown", "overlapped", "unresolved")},
            **figures,
        }


SHADOW_PERFORMANCE = Frame(
    "shadow_performance",
    "All signals in both books beside the real trades: one row for each of in_turn, alone and real.",
    (
        Column("book", "text", "in_turn (the headline), alone (every signal by itself) or real."),
        Column("trades", "count", "Shadow trades with a result, or real trades that are closed."),
        COUNTED,
        Column("money_unknown", "count", "Those whose money is unknown; null for real ones."),
        PNL,
        WINS,
        WIN_RATE,
        PROFIT_FACTOR,
        Column("return_ppm_mean", "ppm", "Mean return on size; null for real ones."),
        Column("milli_r", "milli_r", "Sum of results; null for real ones."),
        DRAWDOWN,
        SHARPE,
        Column("overlapped", "count", "Signals that the book leaves out, as their predecessor was open."),
        UNRESOLVED,
        Column("trades_open", "count", "Real trades that are open."),
        Column("fees", "money", "Fees of real trades."),
    ),
    _shadow,
)
