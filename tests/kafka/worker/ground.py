"""Where workers of a test work, what they have made of the log, and what an embedded engine makes of it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from tests.streams.chain.engines import counters, tables
from untaken.errors import UntakenError
from untaken.projections.catalogue import PROJECTIONS
from untaken.replay.digest import digest
from untaken.replay.rebuild import first_differing
from untaken.streams.chain.chain import Chain
from untaken.streams.engine import Engine
from untaken.streams.logs.base import Entry, Log, Position
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.published.reading.merged import merged_view
from untaken.streams.store.state import State
from untaken.streams.view import Filters, View, Window
from untaken.streams.worker.options import WorkerOptions
from untaken.streams.worker.standing import behind
from untaken.streams.worker.worker import Worker

PARTITIONS = 3
PATIENCE_S = 300.0

Tables = dict[str, pl.DataFrame]
Counters = list[dict[tuple[str, str], int]]


@dataclass
class Ground:
    """One log, and the directory in which its workers keep their states."""

    log: KafkaLog
    states: Path

    @property
    def options(self) -> WorkerOptions:
        return WorkerOptions(
            app=self.log.prefix.strip("."),
            state_directory=self.states,
            batch_records=500,
            tick_s=0,
            session_s=20.0,  # beside the test in one process, whose threads share an interpreter
            look_s=0.2,
        )

    def position(self, partition: int) -> Position:
        """Up to where a state has counted; nothing where it has not begun."""
        try:
            state = State(self.options.state_file(partition), writer=False)
        except UntakenError:
            return {}
        try:
            return Chain(state).position
        finally:
            state.close()

    def lag(self) -> int:
        """How many facts of the log the states have not counted yet."""
        return sum(
            behind(self.position(number), facts_of(self.log.partition(number).end()))
            for number in range(self.log.partitions)
        )

    @contextmanager
    def chains(self) -> Iterator[list[Chain]]:
        """Open what the states say, as they stand."""
        states = [
            State(self.options.state_file(number), writer=False) for number in range(self.log.partitions)
        ]
        try:
            yield [Chain(state) for state in states]
        finally:
            for state in states:
                state.close()

    def tables(self) -> Tables:
        """Return what the states of all partitions say together."""
        with self.chains() as chains:
            return merged(chains)

    def counters(self) -> Counters:
        """Return how often the states have counted everything but letters, by partition."""
        with self.chains() as chains:
            return [counters_of_facts(chain) for chain in chains]

    def rebuilt(self) -> list[Chain]:
        """Return what undisturbed engines make of the partitions of the log."""
        return [computed(self.log.partition(number)) for number in range(self.log.partitions)]


def merged(chains: Sequence[Chain]) -> Tables:
    """Return the tables of several chains as one: rows side by side, sums added."""
    parts = [tables(chain) for chain in chains]
    found = {name: pl.concat([part[name] for part in parts]) for name in ("ledger", "trades")}
    found = {name: frame.sort("ref") for name, frame in found.items()}
    for projection in PROJECTIONS:
        found[projection.name] = projection.merge([part[projection.name] for part in parts])
    letters = pl.concat([part["dead_letters"] for part in parts])
    return found | {"dead_letters": letters.unique().sort(pl.all())}


def expected(entries: Sequence[Entry]) -> Tables:
    """Return what an embedded engine makes of the same events."""
    log = MemoryLog()
    log.append(entries)
    found = tables(computed(log))
    return found | {"dead_letters": found["dead_letters"].unique().sort(pl.all())}


def computed(log: Log) -> Chain:
    engine = Engine(log, State(None))
    engine.run(until_idle=True, batch_records=1 << 30, progress=lambda _: None, stop=lambda: False)
    return engine.chain


def counters_of_facts(chain: Chain) -> dict[tuple[str, str], int]:
    return {name: n for name, n in counters(chain).items() if name[0] != "records:dead-letters"}


def facts_of(end: Position) -> Position:
    """Leave out letters, which workers themselves write, and of which the log tells a little later."""
    return {stream: offset for stream, offset in end.items() if ".dead-letters[" not in stream}


def demand_all_is_well(ground: Ground, entries: Sequence[Entry]) -> None:
    """Hold the states against the embedded engine, and every count against engines that nothing disturbed."""
    assert ground.lag() == 0
    assert differences(ground.tables(), expected(entries)) == {}
    rebuilt = ground.rebuilt()
    assert differences(ground.tables(), merged(rebuilt)) == {}
    assert ground.counters() == [counters_of_facts(chain) for chain in rebuilt]


def demand_published(ground: Ground, entries: Sequence[Entry]) -> None:
    """Hold what the compacted topics say against the embedded engine."""
    log = MemoryLog()
    log.append(entries)
    alone = View(computed(log).state)
    with merged_view(ground.log) as merged_one:
        assert merged_one.lag == 0
        assert differences(shown(merged_one), shown(alone)) == {}


def shown(view: View) -> Tables:
    tables_of_view = {p.name: view.table(p, Window(), Filters()) for p in PROJECTIONS}
    sorted_ones = {
        name: table.select(sorted(table.columns)).sort(pl.all()) for name, table in tables_of_view.items()
    }
    return sorted_ones | {"ledger": view.ledger(), "trades": view.trades()}


def differences(one: Tables, other: Tables) -> dict[str, list[dict[str, object]]]:
    """Return, by table, the first rows that only one of two has; nothing where they agree to the bit."""
    return {
        name: first_differing(one[name], other[name], most=2).to_dicts()
        for name in other
        if digest(one[name]) != digest(other[name])
    }


@contextmanager
def at_work(ground: Ground, options: WorkerOptions | None = None) -> Iterator[Worker]:
    """Run a worker in a thread of this process, as the command line would; stop it in order at the end."""
    worker = Worker(ground.log, options or ground.options)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            worker.run()
        except UntakenError as error:
            failures.append(error)

    thread = threading.Thread(target=run, name="worker")
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join()
    if failures:
        raise failures[0]


def until(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait until something holds."""
    pause = threading.Event()
    for _ in range(round(patience_s / 0.05)):
        if condition():
            return
        pause.wait(0.05)
    raise AssertionError(f"it did not come to hold within {patience_s:g} s")


def done(ground: Ground, *workers: Worker) -> Callable[[], bool]:
    """Say whether workers have counted and published everything that the log holds."""

    def all_done() -> bool:
        standings = [standing for worker in workers for standing in worker.condition().standings]
        served = sorted(standing.partition for standing in standings)
        return (
            served == list(range(ground.log.partitions))
            and all(standing.idle and standing.error is None for standing in standings)
            and all(
                behind(standing.position, facts_of(ground.log.partition(standing.partition).end())) == 0
                for standing in standings
            )
        )

    return all_done


def served_by(worker: Worker) -> set[int]:
    return {standing.partition for standing in worker.condition().standings}


def other_place(ground: Ground, name: str) -> WorkerOptions:
    """Return the options of a worker on another machine, which shares no states with the first."""
    return replace(ground.options, state_directory=ground.states.with_name(name))
