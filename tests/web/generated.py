"""A bot over some months, drawn from a seed: its ledger and trades, and what the projections make of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from untaken.projections import ledger, trades
from untaken.projections.definition import DAY_US
from untaken.projections.guard_effectiveness.figures import GuardTables, VerdictBasis, guard_section
from untaken.projections.guard_effectiveness.table import GUARD_EFFECTIVENESS, GUARDS_ASKED
from untaken.projections.missed_opportunity.figures import missed_section
from untaken.projections.missed_opportunity.suggestions import SuggestionBasis, suggestions
from untaken.projections.missed_opportunity.table import MISSED_OPPORTUNITY, MISSED_REASONS
from untaken.projections.performance.calibration import CALIBRATION, SHADOW_CALIBRATION
from untaken.projections.performance.calibration_figures import calibration_section
from untaken.projections.performance.figures import Account, PerformanceRows, performance_section
from untaken.projections.performance.table import PERFORMANCE, SIGNAL_PERFORMANCE
from untaken.projections.shadow_performance.figures import Ordered, shadow_section
from untaken.projections.shadow_performance.table import MEASURED_ERROR, REAL_PERFORMANCE, SHADOW_PERFORMANCE
from untaken.projections.signal_decay.figures import DecayTables, decay_section
from untaken.projections.signal_decay.table import (
    EDGE_BY_DELAY,
    IMPLEMENTATION_SHORTFALL,
    SIGNAL_DELAYS,
)
from untaken.projections.statistics.rules import VerdictRules
from untaken.projections.strategy_leaderboard import LeaderboardTables, RankingBasis, leaderboard_section

LEDGER = ledger.COLUMNS
TRADES = trades.COLUMNS

FIRST_DAY = 19_632
"""2023-10-02, in days since 1970-01-01."""
SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT", "ADA/USDT", "LINK/USDT")
STRATEGIES = ("breakout", "mean_reversion", "momentum", "open_gap")
EDGES = (3_400, 1_500, 300, -900)
"""Of each strategy in ppm, if it is entered at once."""
GUARDS = ("spread", "volatility_ceiling", "min_confidence", "one_per_symbol")
KINDS = ("market", "market", "stateless", "portfolio")
REASONS = ("spread", "volatility", "confidence_threshold", "max_positions")
HARM = (0, -9_000, 8_000, 3_000)
"""What the signals that a guard blocks have more than the others, in ppm: one saves, one costs."""
STOP_PPM = 20_000
HALF_LIFE_S = 420.0


@dataclass(frozen=True)
class Bot:
    """One bot's rows."""

    ledger: pl.DataFrame
    trades: pl.DataFrame
    days: int


def bot(*, days: int = 190, per_day: int = 14, seed: int = 5, blocked: float = 0.45) -> Bot:
    """Draw a bot: strategies of different worth, an edge that fades within minutes, too much confidence."""
    draw = np.random.default_rng(seed)
    n = days * per_day
    day = np.repeat(np.arange(days), per_day)
    at = (FIRST_DAY + day) * DAY_US + np.sort(
        draw.integers(0, 86_000, (days, per_day)), axis=1
    ).ravel() * 10**6
    which = draw.integers(0, len(STRATEGIES), n)
    guard = np.where(draw.random(n) < blocked, draw.integers(0, len(GUARDS), n), -1)
    edge = np.take(EDGES, which) + np.where(guard >= 0, np.take(HARM, guard), 0)
    mood = np.repeat(draw.normal(0, 5_000, days), per_day)
    result = np.clip(draw.normal(edge + mood, 17_000), -38_000, 38_000).round().astype(int)
    confidence = np.clip(0.6 + result / 400_000 + draw.normal(0, 0.12, n), 0.02, 0.98).round(3)
    later = _later(draw, result, edge)
    columns = (at, which, guard, result, confidence, later)
    rows = [
        _signal(Drawn(number, int(when), int(made), int(by), int(won), float(sure), late), draw)
        for number, (when, made, by, won, sure, late) in enumerate(zip(*columns, strict=True))
    ]
    taken = [_trade(row, draw) for row in rows if row["status"] == "filled"]
    return Bot(pl.DataFrame(rows, schema=LEDGER), pl.DataFrame(taken, schema=TRADES), days)


def _later(draw: np.random.Generator, result: Any, edge: Any) -> Any:
    """Results of later entries: the edge fades, the rest is the same trade a little later."""
    found = [
        (result - edge * (1 - 0.5 ** (delay / HALF_LIFE_S)) + draw.normal(0, 150 * delay**0.3, len(result)))
        for delay in ledger.DELAYS_S
    ]
    return np.array(found).round().astype(int).T


@dataclass(frozen=True)
class Drawn:
    """What was drawn of one signal; strategy and guard by their place, -1 for no guard."""

    number: int
    at: int
    strategy: int
    guard: int
    result: int
    confidence: float
    later: Any


def _signal(drawn: Drawn, draw: np.random.Generator) -> dict[str, Any]:
    number, at, guard, result = drawn.number, drawn.at, drawn.guard, drawn.result
    symbol = SYMBOLS[int(draw.integers(0, len(SYMBOLS)))]
    entry_at = at + int(draw.lognormal(12.2, 0.7))
    fill = int(draw.lognormal(14.2, 0.8))
    price = float(draw.uniform(90, 110))
    status = "blocked" if guard >= 0 else "expired" if draw.random() < 0.08 else "filled"
    return {
        "bot": "scout",
        "run": "2023-10",
        "signal_id": f"s{number}",
        "mode": "live",
        "symbol": symbol,
        "strategy": STRATEGIES[drawn.strategy],
        "direction": "long" if draw.random() < 0.6 else "short",
        "at": at,
        "price": price,
        "confidence": drawn.confidence,
        "timeframe": "5m" if drawn.strategy < 2 else "1h",
        "regime": ("trend", "range", "volatile", None)[int(draw.integers(0, 4))],
        "components": '{"rsi":0.4,"trend":-0.7}' if drawn.strategy % 2 else '{"volume":0.9}',
        "tags": ["news"] if draw.random() < 0.2 else None,
        "repeats": 0,
        "currency": "USDT",
        "settings_digest": "5f1c09ab77d0e214",
        "size": 1000.0,
        "stop_loss_pct": STOP_PPM / 10_000,
        "stop_assumed": False,
        "over_cluster": False,
        "status": status,
        "blockers": [GUARDS[guard]] if guard >= 0 else [],
        "first": GUARDS[guard] if guard >= 0 else None,
        "chain_complete": True,
        "reason_code": REASONS[guard] if guard >= 0 else None,
        "asked": [{"guard": name, "kind": kind} for name, kind in zip(GUARDS, KINDS, strict=True)],
        "decision_latency_us": entry_at - at,
        "fill_latency_us": fill if status == "filled" else None,
        "entry_at": entry_at,
        "exit_at": entry_at + int(draw.integers(600, 14_000)) * 10**6,
        "exit_reason": "take_profit" if result > 0 else "stop_loss",
        "resolved": True,
        "overlapped": bool(draw.random() < 0.1),
        "pnl_e8": result * 10**5,
        "return_ppm": result,
        "milli_r": round(result * 1000 / STOP_PPM),
        "slippage_milli_r": 20,
        "has_prices": True,
        "real_return_ppm": result - 150 if status == "filled" else None,
        "error_ppm": 150 if status == "filled" else None,
        "decision_price": price,
        "fill_price": price * 1.0004 if status == "filled" else None,
        "later_ppm": [int(value) for value in drawn.later],
    }


def _trade(row: dict[str, Any], draw: np.random.Generator) -> dict[str, Any]:
    shared = ("bot", "run", "mode", "currency", "symbol", "signal_id", "strategy", "direction", "exit_at",
              "confidence", "timeframe", "regime", "components", "tags")  # fmt: skip
    result = row["return_ppm"] - 150 + int(draw.normal(0, 60))
    return {
        **{name: row[name] for name in shared},
        "trade_id": f"t-{row['signal_id']}",
        "state": "closed",
        "entry_at": row["entry_at"],
        "pnl_e8": result * 10**5,
        "fees_e8": 10**8,
        "return_ppm": result,
        "actor": "bot",
        "counts": True,
        "anomalies": [],
        "at": row["exit_at"],
    }


def group(made: Bot | None = None, **other: Any) -> dict[str, Any]:
    """Return one group of a report document, with every section."""
    made = bot() if made is None else made
    return {
        **{name: made.ledger[name][0] for name in ("bot", "run", "mode", "currency", "settings_digest")},
        "reference_capital": 10_000.0,
        "cost_model": {"fee_bps": 5.0, "slippage_bps": 2.0, "size": 1000.0, "after_fees": True},
        **sections(made),
        **other,
    }


def sections(made: Bot) -> dict[str, Any]:
    """Return the figures of the bot as the report document has them."""
    fold = {
        projection.name: projection.fold(made.trades if projection.source == "trades" else made.ledger)
        for projection in (
            GUARDS_ASKED, GUARD_EFFECTIVENESS, SHADOW_PERFORMANCE, REAL_PERFORMANCE, MEASURED_ERROR,
            MISSED_OPPORTUNITY, MISSED_REASONS, SIGNAL_DELAYS, IMPLEMENTATION_SHORTFALL, EDGE_BY_DELAY, PERFORMANCE,
            SIGNAL_PERFORMANCE, CALIBRATION, SHADOW_CALIBRATION,
        )
    }  # fmt: skip
    rules, closed = VerdictRules(), FIRST_DAY + made.days + 1
    basis = VerdictBasis(rules=rules, declared=len(GUARDS), closed_before=closed)
    account = Account()
    guards = guard_section(
        GuardTables(fold["guards_asked"], fold["guard_effectiveness"], fold["guard_effectiveness"]), basis
    )
    missed = missed_section(fold["missed_opportunity"], fold["missed_reasons"], basis)
    performance, signals = fold["performance"], fold["signal_performance"]
    return {
        "guard_effectiveness": guards,
        "missed_opportunity": missed,
        "suggestions": suggestions(SuggestionBasis(missed, guards["guards"], signals_per_day=14.0)),
        "signal_decay": decay_section(
            DecayTables(fold["signal_delays"], fold["implementation_shortfall"], fold["edge_by_delay"]),
            rules,
            closed,
        ),
        "strategy_leaderboard": leaderboard_section(
            LeaderboardTables(performance, signals, performance, signals),
            made.trades,
            made.ledger,
            account,
            RankingBasis(rules, closed),
        ),
        "performance": performance_section(PerformanceRows(performance, signals, made.trades), account),
        "calibration": calibration_section(fold["calibration"], fold["shadow_calibration"]),
        "shadow_performance": shadow_section(
            fold["shadow_performance"],
            fold["real_performance"],
            fold["measured_error"],
            Ordered(made.ledger, made.trades),
            365,
        ),
    }
