"""Verdicts under constant looking, through log, chain and tables: neutral guards, and ones that truly save.

Each bot is one simulated year in small: about four blocked signals a day with Student t results (3 degrees of
freedom) that share a factor on each day (STATISTICS 7.7). A signal enters in mid-bar, where only the bar's close
counts, so its result is exactly the planted one.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import orjson
import polars as pl
import pytest

from untaken.projections.definition import DAY
from untaken.projections.guard_effectiveness import GUARD_EFFECTIVENESS
from untaken.projections.statistics.clusters import Clusters
from untaken.projections.statistics.rules import GuardEvidence, VerdictRules
from untaken.projections.statistics.verdict import judge
from untaken.streams.engine import Engine, settings_entry
from untaken.streams.logs.base import Entry
from untaken.streams.logs.opening import open_log
from untaken.streams.store.state import State

START = datetime(2024, 1, 1, tzinfo=UTC)
FIRST_DAY = 19_723
COMMON = 0.3
STOP_PCT = 1.0
LARGEST_R = 40.0


def times(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def saved_r(bots: int, days: int, effect_r: float, seed: int) -> Iterator[tuple[int, int, float]]:
    """Yield bot, day and what blocking saved, in R, of every blocked signal."""
    chance = np.random.default_rng(seed)
    for bot in range(bots):
        shared = chance.standard_t(3, days) / np.sqrt(3)
        for day, count in enumerate(chance.poisson(4, days)):
            own = chance.standard_t(3, count) / np.sqrt(3)
            results = np.sqrt(COMMON) * shared[day] + np.sqrt(1 - COMMON) * own + effect_r
            yield from ((bot, day, float(result)) for result in np.clip(results, -LARGEST_R, LARGEST_R))


def entries(bots: int, days: int, effect_r: float, seed: int) -> Iterator[Entry]:
    """Yield a bar, a signal and a block for each result; each signal has a symbol of its own on its day."""
    yield settings_entry(
        {"shadow.fee_bps": 0, "shadow.slippage_bps": 0, "shadow.max_hold_s": 3600}, by="test"
    )
    for number, (bot, day, result) in enumerate(saved_r(bots, days, effect_r, seed)):
        opened = START + timedelta(days=day, hours=number % 20)
        symbol, close = f"S{number}/USD", round(100 * (1 - result * STOP_PCT / 100), 6)
        bar = {
            "type": "market.bar",
            "id": f"b{number}",
            "at": times(opened + timedelta(hours=1)),
            "bot": "feed",
        }
        prices: dict[str, Any] = {"symbol": symbol, "interval": "1h", "open_at": times(opened), "open": 100.0, "close": close}
        extremes: dict[str, Any] = {"high": max(100.0, close), "low": min(100.0, close)}
        bar |= prices | extremes
        entry = times(opened + timedelta(minutes=10))
        common: dict[str, Any] = {
            "at": entry,
            "bot": f"bot{bot}",
            "signal_id": f"s{number}",
            "symbol": symbol,
        }
        signal = common | {
            "type": "signal.emitted",
            "id": f"e{number}",
            "strategy": f"x{number}",
            "price": 100.0,
        }
        signal |= {"direction": "long", "take_profit_pct": 0, "stop_loss_pct": STOP_PCT}
        block = common | {"type": "decision.made", "id": f"d{number}", "guard": "g", "verdict": "blocked"}
        yield from (Entry(e["type"], orjson.dumps(e), symbol, backfill=True) for e in (bar, signal, block))


@cache
def daily(bots: int, days: int, effect_r: float, seed: int) -> dict[str, list[tuple[int, int, int, int]]]:
    """Return (day, n, saved milli-R, capped) by bot, as the engine's table has them."""
    log = open_log("memory://")
    log.append(list(entries(bots, days, effect_r, seed)))
    tick = {
        "type": "clock.ticked",
        "id": "end",
        "at": times(START + timedelta(days=days + 10)),
        "bot": "feed",
    }
    log.append([Entry("clock.ticked", orjson.dumps(tick), None, backfill=True)])
    engine = Engine(log, State(None))
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    table = engine.chain.stores.tables.load(GUARD_EFFECTIVENESS)
    saved = pl.col("avoided_loss_milli_r") - pl.col("missed_profit_milli_r")
    rows = table.select("bot", DAY, "counted_r", saved.alias("s"), "capped_saved_milli_r").sort("bot", DAY)
    found: dict[str, list[tuple[int, int, int, int]]] = {}
    for bot, day, n, s, capped in rows.iter_rows():
        found.setdefault(bot, []).append((int(day), int(n), int(s), int(capped)))
    return found


def ever_judged(rows: list[tuple[int, int, int, int]], days: int) -> set[str]:
    """Look every day; return the verdicts that were ever given."""
    found: set[str] = set()
    for day in range(20, days + 1):
        seen = [row for row in rows if row[0] < FIRST_DAY + day]
        verdict = judge([GuardEvidence(guard="g", clusters=Clusters.of(seen))], 1, VerdictRules())[0]
        found.add(verdict.verdict)
    return found & {"saves", "costs"}


def shares(bots: int, days: int, effect_r: float, seed: int) -> tuple[float, float]:
    """Return the shares of bots whose guard was ever said to save, and to cost."""
    verdicts = [ever_judged(rows, days) for rows in daily(bots, days, effect_r, seed).values()]
    return (
        sum("saves" in each for each in verdicts) / bots,
        sum("costs" in each for each in verdicts) / bots,
    )


def two_standard_errors(share: float, n: int) -> float:
    return float(2 * np.sqrt(share * (1 - share) / n))


def test_a_planted_result_comes_out_of_the_table_to_the_milli_r() -> None:
    planted: dict[int, float] = {}
    for _, day, result in saved_r(1, 10, 0.0, seed=3):
        planted[FIRST_DAY + day] = planted.get(FIRST_DAY + day, 0.0) + result

    rows = daily(1, 10, 0.0, 3)["bot0"]

    assert {day: s for day, _, s, _ in rows} == pytest.approx(
        {d: 1000 * r for d, r in planted.items()}, abs=6
    )


def test_neutral_guards_are_seldom_judged_however_often_one_looks() -> None:
    saves, costs = shares(bots=60, days=60, effect_r=0.0, seed=11)

    assert saves + costs <= 0.05 + two_standard_errors(0.05, 60)


def test_guards_that_save_are_found_within_120_days() -> None:
    saves, costs = shares(bots=40, days=120, effect_r=0.4, seed=12)

    assert saves >= 0.88 - two_standard_errors(0.88, 40)
    assert costs == 0


@pytest.mark.torture
def test_the_stated_error_rates_hold_in_full_size() -> None:
    neutral = shares(bots=400, days=120, effect_r=0.0, seed=21)
    planted = shares(bots=400, days=120, effect_r=0.4, seed=22)
    sys.stderr.write(f"neutral {sum(neutral):.2%}, planted {planted[0]:.2%}, wrong sign {planted[1]:.2%}\n")

    assert sum(neutral) <= 0.05 + two_standard_errors(0.05, 400)
    assert planted[0] >= 0.88
    assert planted[1] == 0
