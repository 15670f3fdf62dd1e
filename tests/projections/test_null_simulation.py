"""How often a guard that blocks by the toss of a coin is judged all the same, through the whole path.

Many bots in one log, read by the engine; every day someone looks at every verdict (STATISTICS 7.7). The rule by
itself, on more kinds of results, is simulated in `statistics/test_null_simulation.py`.
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.projections.simulated_bots import (
    FIRST_DAY,
    GUARD,
    Planted,
    clock,
    entries,
    plan,
    settings,
)
from untaken.projections.catalogue import PROJECTIONS
from untaken.projections.definition import DAY
from untaken.projections.guard_effectiveness.figures import GuardTables, VerdictBasis, guard_section
from untaken.projections.guard_effectiveness.table import GUARD_EFFECTIVENESS, GUARDS_ASKED
from untaken.projections.statistics.clusters import Clusters
from untaken.projections.statistics.rules import GuardEvidence, VerdictRules
from untaken.projections.statistics.verdict import judge
from untaken.replay.digest import digest
from untaken.replay.rebuild import rebuild, tables_of
from untaken.streams.chain.chain import Chain
from untaken.streams.engine import Engine
from untaken.streams.logs.base import Entry, Log
from untaken.streams.logs.opening import open_log
from untaken.streams.store.state import State
from untaken.streams.view import View
from untaken.web.reports.document import Asked, document

pytestmark = pytest.mark.xdist_group("null-simulation")  # the simulations are shared

ALPHA = 0.05
FOUND = 0.88
FIRST_LOOK = 19
"""No verdict is possible on fewer than 20 clusters."""

NEUTRAL = {"seed": 7, "effect_milli_r": 0}
SAVING = {"seed": 8, "effect_milli_r": 400}


@dataclass(frozen=True)
class Simulation:
    """The tables of many bots over many days, as the engine has made them of one log."""

    planted: Sequence[Planted]
    days: int
    asked: pl.DataFrame
    guards: pl.DataFrame

    def bots(self) -> dict[str, pl.DataFrame]:
        return {str(key[0]): rows for key, rows in self.guards.partition_by("bot", as_dict=True).items()}


@cache
def simulated(bots: int, days: int, seed: int, effect_milli_r: int) -> Simulation:
    planted = plan(bots=bots, days=days, seed=seed, effect_milli_r=effect_milli_r)
    log = open_log("memory://")
    log.append([settings(), *(entry for each in planted for entry in entries(each)), clock(days)])
    tables = engine_on(log).chain.stores.tables
    return Simulation(planted, days, tables.load(GUARDS_ASKED), tables.load(GUARD_EFFECTIVENESS))


def engine_on(log: Log, batch_records: int = 100_000) -> Engine:
    engine = Engine(log, State(None))
    read_on(engine, batch_records)
    return engine


def read_on(engine: Engine, batch_records: int = 100_000) -> None:
    engine.run(until_idle=True, batch_records=batch_records, progress=lambda _: None, stop=lambda: False)


def first_verdicts(simulation: Simulation) -> list[str | None]:
    """Look at every bot after every day; return the first verdict that each ever had."""
    return [first_verdict(rows, simulation.days) for rows in simulation.bots().values()]


def first_verdict(rows: pl.DataFrame, days: int) -> str | None:
    looks = (verdict_after(rows, day) for day in range(FIRST_LOOK, days + 1))
    return next((name for name in looks if name in {"saves", "costs"}), None)


def verdict_after(rows: pl.DataFrame, days: int) -> str:
    """Return the verdict on one bot's rows when its first days are closed; nothing of it was unresolved."""
    saved = pl.col("avoided_loss_milli_r") - pl.col("missed_profit_milli_r")
    closed = rows.filter(pl.col(DAY) < FIRST_DAY + days)
    columns = closed.select(DAY, "counted_r", saved.alias("saved"), "capped_saved_milli_r")
    clusters = Clusters.of((int(d), int(n), int(s), int(capped)) for d, n, s, capped in columns.iter_rows())
    return judge([GuardEvidence(GUARD, clusters)], 1, VerdictRules())[0].verdict


def share(verdicts: Sequence[str | None], *names: str) -> float:
    return sum(verdict in names for verdict in verdicts) / len(verdicts)


def two_standard_errors(of: float, n: int) -> float:
    return 2 * math.sqrt(of * (1 - of) / n)


def test_planted_results_come_out_of_the_tables_to_the_last_milli_r() -> None:
    simulation = simulated(100, 60, **NEUTRAL)
    planted: dict[tuple[str, int], list[int]] = {}
    for each in simulation.planted:
        if each.blocked:
            planted.setdefault((each.bot, FIRST_DAY + each.day), []).append(each.milli_r)
    saved = pl.col("avoided_loss_milli_r") - pl.col("missed_profit_milli_r")
    rows = simulation.guards.select("bot", DAY, "blocked", "counted_r", saved.alias("saved")).iter_rows()

    assert {(bot, day): (int(n), int(r), int(s)) for bot, day, n, r, s in rows} == {
        key: (len(results), len(results), -sum(results)) for key, results in planted.items()
    }
    assert int(simulation.asked["judged"].sum()) == len(simulation.planted)


def test_guards_that_toss_a_coin_are_hardly_ever_judged_however_often_one_looks() -> None:
    bots = 100
    verdicts = first_verdicts(simulated(bots, 60, **NEUTRAL))

    assert share(verdicts, "saves", "costs") <= ALPHA + two_standard_errors(ALPHA, bots)


def test_guards_that_save_two_fifths_of_r_are_found_within_120_days() -> None:
    bots = 40
    verdicts = first_verdicts(simulated(bots, 120, **SAVING))

    assert share(verdicts, "saves") >= FOUND - two_standard_errors(FOUND, bots)
    assert share(verdicts, "costs") == 0


@pytest.mark.torture
def test_the_stated_error_rates_hold_in_full_size() -> None:
    bots = 400
    neutral = first_verdicts(simulated(bots, 120, **NEUTRAL))
    saving = first_verdicts(simulated(bots, 120, **SAVING))
    sys.stderr.write(
        f"{bots} bots x 120 days: neutral guards judged {share(neutral, 'saves', 'costs'):.2%} "
        f"(saves {share(neutral, 'saves'):.2%}, costs {share(neutral, 'costs'):.2%}), "
        f"guards of +0.4 R found {share(saving, 'saves'):.2%}, wrong way {share(saving, 'costs'):.2%}\n"
    )

    assert share(neutral, "saves", "costs") <= ALPHA + two_standard_errors(ALPHA, bots)
    assert share(saving, "saves") >= FOUND
    assert share(saving, "costs") <= 0.001


@pytest.mark.parametrize(
    ("bots", "days", "kind"), [(100, 60, NEUTRAL), (40, 120, SAVING)], ids=["neutral", "saving"]
)
def test_the_section_of_the_report_says_what_was_simulated(
    bots: int, days: int, kind: dict[str, int]
) -> None:
    simulation = simulated(bots, days, **kind)
    of_bot = simulation.bots()
    chance = np.random.default_rng(1)
    seen = set()
    for bot, day in zip(chance.permutation(sorted(of_bot))[:10], chance.integers(15, days, 10), strict=True):
        guard = reported(simulation, str(bot), int(day))
        seen.add(guard["verdict"])

        assert guard["verdict"] == verdict_after(of_bot[str(bot)], int(day))
    assert seen >= ({"saves", "inconclusive"} if kind is SAVING else {"inconclusive"})


def reported(simulation: Simulation, bot: str, days: int) -> dict[str, Any]:
    rows = simulation.guards.filter(bot=bot)
    tables = GuardTables(simulation.asked.filter(bot=bot), rows, rows)
    basis = VerdictBasis(VerdictRules(), declared=1, closed_before=FIRST_DAY + days)
    guard: dict[str, Any] = guard_section(tables, basis)["guards"][0]
    return guard


def test_a_daily_look_at_a_running_engine_sees_what_the_finished_tables_say_of_that_day() -> None:
    bots, days = 3, 40
    planted = plan(bots=bots, days=days, seed=2, effect_milli_r=400)
    log = open_log("memory://")
    log.append([settings()])
    engine = engine_on(log)
    looks: dict[tuple[str, int], str] = {}
    for day in range(days):
        log.append([*delivered([each for each in planted if each.day == day], day), clock(day + 1)])
        read_on(engine, batch_records=200)
        looks |= {(bot, day + 1): verdict for bot, verdict in look(engine).items()}
    finished = engine.chain.stores.tables.load(GUARD_EFFECTIVENESS)

    assert looks == {(bot, day): verdict_after(finished.filter(bot=bot), day) for bot, day in looks}
    assert len(looks) == bots * days
    assert set(looks.values()) == {"saves", "inconclusive"}


def delivered(planted: Sequence[Planted], seed: int) -> list[Entry]:
    """Return the events of some signals in any order."""
    written = [entry for each in planted for entry in entries(each)]
    return [written[place] for place in np.random.default_rng(seed).permutation(len(written))]


def look(engine: Engine) -> dict[str, str]:
    """Read every bot's verdict in the report of this moment."""
    report = document(View(engine.chain.state), Asked(hours=None), log="", version="", now=None, lag=0)
    return {
        group["bot"]: guard["verdict"]
        for group in report["groups"]
        for guard in group["guard_effectiveness"]["guards"]
    }


def test_live_merged_and_rebuilt_tables_of_the_simulation_are_equal_to_the_last_bit() -> None:
    planted = plan(bots=20, days=20, **NEUTRAL)
    log = open_log("memory://")
    log.append([settings(), *delivered(planted, seed=5), clock(20)])
    live = engine_on(log, batch_records=997).chain
    rebuilt = rebuild(log, State(None))
    rows = {name: live.stores.rows.load_all(name) for name in ("ledger", "trades")}
    merged = {
        each.name: digest(each.merge(map(each.fold, parted(rows[each.source])))) for each in PROJECTIONS
    }

    assert digests(live) == digests(rebuilt)
    assert merged == {each.name: digests(live)[each.name] for each in PROJECTIONS}
    assert live.stores.tables.load(GUARD_EFFECTIVENESS).height == len(
        {(each.bot, each.day) for each in planted if each.blocked}
    )


def digests(chain: Chain) -> dict[str, str]:
    return {name: digest(table) for name, table in tables_of(chain)}


def parted(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """Cut rows into seven parts, as workers with partitions of their own would have them."""
    owner = pl.Series(np.random.default_rng(6).integers(0, 7, rows.height))
    return [rows.filter(owner == part) for part in range(7)]
