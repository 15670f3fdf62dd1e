"""A scenario kept under a name: rows, tables and answer beside the live ones, in a state file of their own."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import orjson
import polars as pl

from untaken.projections import ledger
from untaken.projections.catalogue import PROJECTIONS
from untaken.projections.definition import DAY_US
from untaken.projections.figures import Figures
from untaken.replay.whatif.documents import written
from untaken.replay.whatif.execution import executed
from untaken.replay.whatif.names import demand_names
from untaken.replay.whatif.rewriting import rewritten
from untaken.replay.whatif.scenario import Scenario, ScenarioRefused
from untaken.replay.whatif.weighing import weights
from untaken.streams.chain.chain import Stores
from untaken.streams.logs.opening import is_kafka
from untaken.streams.store.state import State
from untaken.streams.view import View

RULES = "scenario"
"""Where a saved state keeps the rules that it was made under."""

ANSWER = "scenario_answer"
"""Where it keeps what was answered: how sure the difference is cannot be read off rows of one side."""

NAMES = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def saved_path(state: Path, name: str) -> Path:
    """Return where the scenario of a name lies; raises ScenarioRefused for what is no name of a file."""
    if not NAMES.fullmatch(name):
        raise ScenarioRefused(
            f"--save was {name!r}; letters, digits, - and _ are allowed, at most 64, the first no sign"
        )
    return state.with_name(f"{state.stem}.what-if-{name}{state.suffix}")


def place_for(state: Path | None, name: str, log_url: str) -> Path:
    """Return where a scenario of a name would lie; raises ScenarioRefused where the log has no state beside it."""
    if state is not None:
        return saved_path(state, name)
    if is_kafka(log_url):
        raise ScenarioRefused(
            f"--save {name}: a scenario is kept beside the state of a log, and on Kafka every worker has a part of it; "
            "copy the log with untaken replay export --to sqlite:///copy.db, compute the copy with untaken run "
            "--until-idle --log sqlite:///copy.db and ask there; or keep the answer alone with --json > FILE, which "
            "untaken report --answers FILE shows"
        )
    raise ScenarioRefused(
        f"--save {name}: a log in memory has no state beside which something could be kept; name a log in a file"
    )


def save(state: Path, scenario: Scenario, name: str, answer: Figures | None = None) -> Path:
    """Write the state as it would be under a scenario, whole or not at all; return where it lies.

    Status, blockers, terms, results and overlaps of all signals follow the scenario, and every table of them;
    real trades, prices and what was refused stay as they are. A scenario of that name gives way. `answer` is the
    document that the scenario was answered with; it is kept as it was, with its own window.
    """
    target = saved_path(state, name)
    partial = target.with_name(f"{target.name}.partial")
    _remove(partial)
    _copy(state, partial)
    opened = State(partial)
    try:
        _rewrite(opened, scenario, answer)
        opened.connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        opened.close()
    _remove(target)
    partial.replace(target)
    _remove(partial)
    return target


def _rewrite(state: State, scenario: Scenario, answer: Figures | None) -> None:
    view, stores = View(state), Stores.of(state)
    days = (pl.col("at") // DAY_US).cast(pl.Int64).alias("day")
    rows = stores.rows.load_all("ledger").sort("ref")
    demand_names(scenario, rows, view.context)
    factors = weights(rows, scenario)
    changed = rewritten(executed(rows, factors, scenario, view), factors, scenario)
    old, new = (frame.select("ref", *ledger.COLUMNS, days) for frame in (rows, changed))
    with state.transaction():
        stores.rows.replace("ledger", old, new)
        for projection in PROJECTIONS:
            if projection.source == "ledger":
                delta = projection.merge([projection.negated(projection.fold(old)), projection.fold(new)])
                stores.tables.add(projection, delta)
        kept = scenario.model_dump(mode="json", exclude_defaults=True)
        state.put(RULES, orjson.dumps(kept).decode())
        if answer is not None:
            state.put(ANSWER, written(answer))


def _copy(state: Path, target: Path) -> None:
    """Copy a state file whole, as it stands at one moment, also while an engine writes it."""
    live = State(state, writer=False)
    try:
        with live.explained():
            copy = sqlite3.connect(target)
            try:
                live.connection.backup(copy)
            finally:
                copy.close()
    finally:
        live.close()


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-engine", "-journal"):
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
