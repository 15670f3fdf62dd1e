"""kill -9 of engine, emit and bots while events flow: at fault points, and at random moments."""

import signal
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

import orjson
import pytest

from tests.generators.logs import random_log
from tests.properties.changes import with_settings
from tests.reliability.afterwards import demand_all_is_well, entries_in
from tests.reliability.plan import (
    POINTS,
    Kill,
    kills_of_bot,
    kills_of_emit,
    kills_of_engine,
    points_in_the_source,
)
from tests.reliability.processes import (
    Process,
    beside,
    demand_killed_by_fault,
    done,
    ended,
    killed,
    lives_after,
    path_of,
    start,
    start_bot,
)
from tests.streams.chain.engines import Record, computed, differences, entries_of
from untaken.errors import UntakenError
from untaken.streams.chain.chain import Chain
from untaken.streams.edge import BATCH_LINES
from untaken.streams.engine import state_path
from untaken.streams.logs.base import Entry
from untaken.streams.logs.sqlite import SqliteLog
from untaken.streams.store.state import State

Told = Callable[[str, object], None]

CI_ROUNDS = 1
ROUNDS = [*range(CI_ROUNDS), *(pytest.param(seed, marks=pytest.mark.torture) for seed in range(1, 13))]
BOT_ROUNDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.torture) for seed in range(2, 18))]


def facts(seed: int) -> list[Record]:
    return with_settings(random_log(seed, signals=80, days=1))


def test_the_plan_kills_at_every_fault_point_often_enough() -> None:
    kills = [
        *(kill for seed in range(CI_ROUNDS) for kill in (*kills_of_engine(seed), *kills_of_emit(seed))),
        *(kill for seed in range(2) for kill in kills_of_bot(seed)),
    ]
    at_points = [kill for kill in kills if kill.fault is not None]

    assert len(kills) >= 27
    assert len(at_points) >= len(kills) / 2
    assert {point for points in POINTS.values() for point in points} == set(points_in_the_source())
    assert {kill.fault.point for kill in at_points if kill.fault} == set(points_in_the_source())


@pytest.mark.parametrize("seed", ROUNDS)
def test_an_engine_killed_while_events_flow(seed: int, tmp_path: Path, record_property: Told) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    records = facts(seed)
    log = SqliteLog(path_of(url))
    flow = Flow(log, entries_of(records))
    for kill in kills_of_engine(seed):
        flow.more(200)
        kill_engine(url, kill, flow)
        record_property("killed", kill.name)
    flow.rest()
    log.close()

    demand_all_is_well(url, {orjson.loads(entry.value)["id"] for entry in flow.entries})
    state = State(state_path(url), writer=False)
    different = differences(Chain(state), computed(records))
    state.close()
    assert different.keys() <= {"dead_letters"}  # what is refused comes again with every copy


class Flow:
    """Events that a bot appends for as long as it is let; after the last it begins to repeat itself."""

    def __init__(self, log: SqliteLog, entries: list[Entry]) -> None:
        self.entries = entries
        self._log = log
        self._coming = cycle(entries)
        self._appended = 0

    def more(self, count: int = 8) -> None:
        self._appended += len(self._log.append(list(islice(self._coming, count))))

    def rest(self) -> None:
        if self._appended < len(self.entries):
            self.more(len(self.entries) - self._appended)


def kill_engine(url: str, kill: Kill, flow: Flow) -> None:
    engine = start("run", "--log", url, fault=kill.fault)
    if kill.fault is not None:
        for _ in beside(engine, flow.more):
            pass
        demand_killed_by_fault(engine)
        return
    before = counted(url)
    for _ in beside(engine, flow.more):
        if counted(url) != before:
            break
    lives_after(engine, kill.moment_s)
    killed(engine)


def state_path_of(url: str) -> Path:
    path = state_path(url)
    assert path is not None
    return path


def counted(url: str) -> str | None:
    """Return up to where an engine has counted, as it says it; None where it has not begun."""
    try:
        state = State(state_path(url), writer=False)
    except UntakenError:
        return None
    position = state.get("position")
    state.close()
    return position


def appended(url: str) -> int:
    """Return how many events a log holds."""
    log = SqliteLog(path_of(url))
    end = log.end()["log"] - 1
    log.close()
    return end


def test_an_engine_that_is_asked_to_stop_finishes_its_batch_and_ends_well(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    log = SqliteLog(path_of(url))
    flow = Flow(log, entries_of(facts(0)))
    flow.rest()
    log.close()
    engine = start("run", "--json", "--log", url)
    for _ in beside(engine, lambda: None):
        if state_path_of(url).exists() and counted(url):
            break
    engine.send_signal(signal.SIGTERM)
    code, out, problem = ended(engine)

    assert (code, problem) == (0, "")
    assert orjson.loads(out)["records"] > 0
    demand_all_is_well(url, {orjson.loads(entry.value)["id"] for entry in flow.entries})


@pytest.mark.parametrize("seed", ROUNDS)
def test_emit_killed_beside_an_engine(seed: int, tmp_path: Path, record_property: Told) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    file = tmp_path / "events.jsonl"
    once = [orjson.dumps(record) for record in facts(seed)]
    lines = list(islice(cycle(once), BATCH_LINES + len(once)))
    file.write_bytes(b"\n".join(lines))
    engine = start("run", "--log", url, batch_records=2_000)
    for kill in kills_of_emit(seed):
        before = appended(url)
        emit = start("emit", file, "--log", url, fault=kill.fault)
        if kill.fault is None:
            lives_until(emit, url, before)
            lives_after(emit, kill.moment_s / 5)
            emit.kill()
        code, _, problem = ended(emit)
        assert code == -signal.SIGKILL or (code == 0 and kill.fault is None), problem
        record_property("killed", kill.name)

        assert appended(url) - before in (0, BATCH_LINES, len(lines))
    done("emit", file, "--log", url)
    killed(engine)
    record_property("killed", "engine at a random moment")

    demand_all_is_well(url, {orjson.loads(line)["event"]["id"] for line in lines})


def lives_until(process: Process, url: str, before: int) -> None:
    """Wait until a process has appended something, or has ended."""
    for _ in beside(process, lambda: None, pause_s=0.01):
        if appended(url) > before:
            return


@pytest.mark.parametrize("seed", BOT_ROUNDS)
def test_a_bot_killed_beside_an_engine(seed: int, tmp_path: Path, record_property: Told) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    file = tmp_path / "events.jsonl"
    events = [record["event"] for record in facts(seed)]
    file.write_bytes(b"\n".join(orjson.dumps(event) for event in events))
    engine = start("run", "--log", url, batch_records=200)
    acknowledged = 0
    for kill in kills_of_bot(seed):
        before = appended(url)
        bot = start_bot(url, file, acknowledged, fault=kill.fault)
        if kill.fault is None:
            lives_until(bot, url, before)
            lives_after(bot, kill.moment_s / 5)
            bot.kill()
        code, out, problem = ended(bot)
        assert code == -signal.SIGKILL, problem
        acknowledged = first_untold(out, acknowledged)
        record_property("killed", kill.name)

        assert {event["id"] for event in events[:acknowledged]} <= ids_in(url)
    code, out, problem = ended(start_bot(url, file, acknowledged))
    assert (code, first_untold(out, acknowledged)) == (0, len(events)), problem
    killed(engine)
    record_property("killed", "engine at a random moment")

    assert list(tmp_path.glob("*.spool/*.jsonl")) == []
    demand_all_is_well(url, {event["id"] for event in events})


def first_untold(out: str, first: int) -> int:
    """Return the first line that a bot has not told to be durable; it tells them in order."""
    told = [int(line) for line in out.splitlines(keepends=True) if line.endswith("\n")]
    assert told == list(range(first, first + len(told)))
    return first + len(told)


def ids_in(url: str) -> set[str]:
    return {orjson.loads(entry.value)["id"] for entry in entries_in(url)}
