"""What must hold after any kill: nothing acknowledged is missing, nothing is counted twice."""

from collections.abc import Collection

import orjson

from tests.golden.command_line import in_process
from tests.reliability.processes import path_of
from tests.streams.chain.engines import counters, differences
from untaken.streams.chain.chain import Chain
from untaken.streams.engine import Engine, state_path
from untaken.streams.logs.base import Entry
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.logs.sqlite import SqliteLog
from untaken.streams.store.state import State


def demand_all_is_well(url: str, acknowledged: Collection[str]) -> None:
    """Let the engine finish, then hold log and state against what was acknowledged and an undisturbed engine."""
    for command in (["run", "--until-idle"], ["replay", "verify"], ["doctor"]):
        ran = in_process([*command, "--log", url])
        assert ran.code == 0, ran.err
    entries = entries_in(url)
    ids = {orjson.loads(entry.value)["id"] for entry in entries}
    assert set(acknowledged) <= ids
    state = State(state_path(url), writer=False)
    live, calm = Chain(state), undisturbed(entries)
    assert differences(live, calm) == {}
    assert counters(live) == counters(calm)
    assert live.watermark == calm.watermark
    state.close()


def entries_in(url: str) -> list[Entry]:
    """Return everything in a log."""
    log = SqliteLog(path_of(url), read_only=True)
    assert log.check() == []
    frame = log.read(log.start(), 1 << 30).frame
    assert frame.height == sum(count.events for count in log.counts())
    log.close()
    columns = ("type", "value", "backfill", "appended_at", "topic")
    rows = frame.select(columns).iter_rows()
    return [
        Entry(name, value, None, backfill, appended_at, topic)
        for name, value, backfill, appended_at, topic in rows
    ]


def undisturbed(entries: list[Entry]) -> Chain:
    """Return what an engine makes of the same records, in one go and in memory."""
    log = MemoryLog()
    log.append(entries)
    engine = Engine(log, State(None))
    engine.run(until_idle=True, batch_records=1 << 30, progress=lambda _: None, stop=lambda: False)
    return engine.chain
