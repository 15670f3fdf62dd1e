"""Rebuild and verify of one partition of a log on Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from untaken.projections.catalogue import PROJECTIONS
from untaken.replay.digest import digest
from untaken.replay.rebuild import Difference, Verification, first_differing, rebuild
from untaken.streams.chain.chain import Applied, Chain
from untaken.streams.engine import Engine, StateOfAnotherLog
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.published.form.letters import still_refused
from untaken.streams.published.reading.snapshot import Snapshot, snapshot, told_by
from untaken.streams.published.writing.outgoing import refused_of
from untaken.streams.store.state import NotAState, State, StateBroken, StateNewer, StateOlder

Progress = Callable[[Applied], None]

_ANEW = (StateOfAnotherLog, NotAState, StateBroken, StateNewer, StateOlder)

_TOLD = ("stream", "offset", "code", "type", "id", "sentence")


def rebuild_partition(
    log: KafkaLog, partition: int, file: Path, until_at: int | None, note: Progress
) -> None:
    """Compute the state of a partition anew from its facts, into a file that is not there yet."""
    state = State(file)
    try:
        rebuild(log.partition(partition), state, until_at=until_at, progress=note)
        state.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        state.close()


def follow_partition(log: KafkaLog, partition: int, file: Path, note: Progress) -> None:
    """Bring a state of a partition up to the end of the log; from the beginning, where it is none of this log.

    The file is a cache of whoever asks, not the state of a worker.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        _follow(log, partition, file, note)
    except _ANEW:
        for end in ("", "-wal", "-shm", "-engine"):
            file.with_name(file.name + end).unlink(missing_ok=True)
        _follow(log, partition, file, note)


def _follow(log: KafkaLog, partition: int, file: Path, note: Progress) -> None:
    state = State(file)
    try:
        Engine(log.partition(partition), state).run(until_idle=True, progress=note, stop=lambda: False)
    finally:
        state.close()


def verify_partition(
    log: KafkaLog, partition: int, scratch: Path | None, note: Progress
) -> Verification | None:
    """Compare what is published of a partition with a rebuild up to where it stands; None if nothing is.

    `scratch`: the file in which the rebuild works; in memory if None.
    """
    published = snapshot(log.address, partition)
    if published is None:
        return None
    records = 0

    def counted(applied: Applied) -> None:
        nonlocal records
        records += applied.records
        note(applied)

    state = State(scratch)
    try:
        progress = published.progress
        rebuilt = rebuild(
            log.partition(partition),
            state,
            until=progress.position,
            settings_until=progress.settings_end,
            progress=counted,
        )
        return _compared(
            dict(_published(published, rebuilt)), dict(_rebuilt(rebuilt, published, log.prefix)), records
        )
    finally:
        state.close()


def _compared(
    published: dict[str, pl.DataFrame], rebuilt: dict[str, pl.DataFrame], records: int
) -> Verification:
    digests, differences = {}, []
    for name, table in published.items():
        digests[name], other = digest(table), digest(rebuilt[name])
        if digests[name] != other:
            rows = first_differing(table, rebuilt[name])
            differences.append(Difference(name, digests[name], other, rows))
    return Verification(digests, differences, records)


def _published(published: Snapshot, rebuilt: Chain) -> Iterator[tuple[str, pl.DataFrame]]:
    yield from published.rows.items()
    yield from published.tables.items()
    # A letter that was sent under settings which hold no more is not taken back.
    yield "dead_letters", still_refused(published.refused, rebuilt.context.timeline).select(_TOLD)


def _rebuilt(rebuilt: Chain, published: Snapshot, prefix: str) -> Iterator[tuple[str, pl.DataFrame]]:
    stores, said = rebuilt.stores, published.progress
    yield "ledger", stores.rows.load_all("ledger").sort("ref")
    yield "trades", stores.rows.load_all("trades").sort("ref")
    for projection in PROJECTIONS:
        yield projection.name, stores.tables.load(projection)
    told = told_by(refused_of(rebuilt.state), said.position, prefix, said.partition)
    yield "dead_letters", told.select(_TOLD)
