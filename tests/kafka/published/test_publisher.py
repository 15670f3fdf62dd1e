"""What a publisher writes, what it leaves out, and who may write."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.kafka.published.topics import events_of, last_by_key, records_of
from tests.kafka.published.workers import APP, Worker, worked, workers
from tests.properties.changes import with_settings
from tests.properties.logs import short_log_of_seed
from tests.streams.chain.engines import entries_of
from tests.streams.chain.records import HOUR, MINUTE, NOON, bars, declared, record, signal, tick
from untaken.streams.logs.base import Entry
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.kafka.partitioner import partition_of
from untaken.streams.published.writing.publisher import OthersPublish, Publisher
from untaken.streams.published.writing.transactions import Superseded

PARTITION = partition_of("BTC/USD", 2)


def entries(seed: int = 1) -> list[Entry]:
    return entries_of(with_settings(short_log_of_seed(seed)))


def a_story() -> list[Entry]:
    """Tell in full of a signal that is stopped out."""
    return entries_of(
        [declared(), *bars(3), signal(), *bars(20, NOON + 15 * MINUTE, close=97.0), tick(NOON + 30 * HOUR)]
    )


def test_after_the_first_publication_there_is_nothing_new(log: KafkaLog, tmp_path: Path) -> None:
    log.append(entries())
    with workers(log, tmp_path) as both:
        for worker in both:
            worker.catch_up()
            assert worker.publish().records > 0
        again = both[0].publish()

    assert (again.compared, again.records) == (False, 0)


def test_a_worker_without_state_publishes_nothing_that_is_there_already(log: KafkaLog) -> None:
    worked(log, entries())

    worker = Worker(log, 0)
    worker.catch_up()
    told = worker.publish()
    worker.close()

    assert (told.compared, told.records) == (True, 0)


def test_a_worker_that_is_behind_others_publishes_nothing(log: KafkaLog) -> None:
    worked(log, entries())
    before = len(records_of(log, "progress"))

    worker = Worker(log, 0)
    worker.step(100)
    told = worker.publish(caught_up=False)
    worker.close()

    assert told.transactions == 0
    assert len(records_of(log, "progress")) == before


def test_a_state_that_another_worker_went_beyond_compares(log: KafkaLog, tmp_path: Path) -> None:
    told = entries()
    log.append(told[:300])
    first = Worker(log, 0, tmp_path / "first.db")
    first.catch_up()
    first.publish()
    worked(log, told[300:])

    first.catch_up()
    again = first.publish()
    first.close()

    assert again.compared
    assert again.records == 0


def test_a_row_that_is_no_more_becomes_a_tombstone(log: KafkaLog) -> None:
    worked(log, a_story())
    other = Worker(log, PARTITION)  # has read nothing: for it there is no such signal
    told = other.publish()
    other.close()

    assert told.compared
    assert last_by_key(log, "ledger", PARTITION) == {b"demo/default/s1": None}
    assert set(last_by_key(log, "tables", PARTITION).values()) == {None}


def test_whoever_was_replaced_stops(log: KafkaLog, tmp_path: Path) -> None:
    log.append(entries())
    slow = Worker(log, 0, tmp_path / "slow.db")
    slow.catch_up()

    async def overtaken(publisher: Publisher) -> None:
        heir = Worker(log, 0, tmp_path / "heir.db")
        heir.catch_up()
        await asyncio.to_thread(lambda: None)
        taken = Publisher(log.address, APP, 0, heir.chain, heir.outbox)
        await taken.begin()
        await taken.publish(caught_up=True)
        await taken.close()
        heir.close()
        await publisher.publish(caught_up=True)

    with pytest.raises(Superseded, match="another worker"):
        slow.within(overtaken)
    slow.close()


def test_workers_of_another_name_do_not_write_over_these(log: KafkaLog) -> None:
    worked(log, entries())
    others = Worker(log, 0, app="others")
    others.catch_up()
    with pytest.raises(
        OthersPublish, match=r"published by workers named 'workers', and these are named 'others'"
    ):
        others.publish()
    others.close()


def test_what_was_committed_but_not_settled_is_gone_on_from(log: KafkaLog, tmp_path: Path) -> None:
    log.append(entries())
    worker = Worker(log, 0, tmp_path / "0.db")
    worker.catch_up()

    async def dies_before_settling(publisher: Publisher) -> None:
        publisher.adopt(await publisher.read_theirs())
        outgoing = publisher.prepare()
        assert outgoing is not None
        await publisher.send(outgoing)

    worker.within(dies_before_settling)
    rows = last_by_key(log, "ledger")
    again = worker.publish()
    worker.close()

    assert not again.compared
    assert last_by_key(log, "ledger") == rows


def test_what_was_not_committed_is_not_seen(log: KafkaLog, tmp_path: Path) -> None:
    log.append(entries())
    worker = Worker(log, 0, tmp_path / "0.db")
    worker.catch_up()

    async def dies_in_the_midst(publisher: Publisher) -> None:
        publisher.adopt(await publisher.read_theirs())
        outgoing = publisher.prepare()
        assert outgoing is not None

        def dies(_: object) -> list[Any]:
            raise KeyboardInterrupt

        writer = publisher._writer
        with pytest.raises(KeyboardInterrupt):
            await writer.write(outgoing.records, dies)

    worker.within(dies_in_the_midst)
    seen = records_of(log, "ledger")
    told = worker.publish()
    worker.close()

    assert seen == []
    assert told.records > 0


def test_a_shadow_trade_is_told_as_it_is_entered_and_left(log: KafkaLog) -> None:
    worked(log, a_story())

    fills = events_of(log, "shadow-fills", PARTITION)
    (closed,) = events_of(log, "shadow-outcomes", PARTITION)
    (row,) = (orjson.loads(value) for value in last_by_key(log, "ledger", PARTITION).values())

    assert [(fill["role"], fill["at"]) for fill in fills] == [
        ("entry", row["entry_at"]),
        ("exit", row["exit_at"]),
    ]
    assert closed["exit_reason"] == "stop_loss"
    assert {name: closed[name] for name in ("pnl_e8", "return_ppm", "milli_r")} == {
        name: row[name] for name in ("pnl_e8", "return_ppm", "milli_r")
    }


def test_what_did_not_change_of_a_shadow_trade_is_not_told_again(log: KafkaLog, tmp_path: Path) -> None:
    log.append(a_story())
    worker = Worker(log, PARTITION, tmp_path / "state.db")
    worker.catch_up()
    worker.publish()
    log.append(entries_of([signal(1, at=NOON + MINUTE, event_id="repeat")]))
    worker.catch_up()
    told = worker.publish()
    worker.close()

    assert told.records >= 1
    assert len(events_of(log, "shadow-outcomes", PARTITION)) == 1


def test_a_refused_record_is_told_once_with_its_bytes(log: KafkaLog) -> None:
    late = record(
        "signal.emitted", "late", NOON, appended_at=NOON + 8 * 24 * HOUR, backfill=False,
        signal_id="s9", symbol="BTC/USD", strategy="trend", direction="long", price=1.0,
    )  # fmt: skip
    garbage = Entry("signal.emitted", b"no event at all", "BTC/USD")
    worked(log, [*entries_of([late]), garbage])
    worked(log)

    letters = events_of(log, "dead-letters")

    assert sorted(letter["code"] for letter in letters) == ["late", "unreadable"]
    assert {letter["origin"] for letter in letters} == {f"{log.prefix}signals[{PARTITION}]"}


def test_what_every_partition_sees_is_told_by_one(log: KafkaLog) -> None:
    tick_too_late = record("clock.ticked", "tick", NOON, appended_at=NOON + 8 * 24 * HOUR, backfill=False)
    worked(log, entries_of([tick_too_late]))

    letters = events_of(log, "dead-letters")

    assert [letter["origin"] for letter in letters] == [f"{log.prefix}market[0]"]


def test_rows_carry_the_headers_of_cloud_events(log: KafkaLog) -> None:
    worked(log, a_story())

    (row,) = records_of(log, "ledger", PARTITION)
    headers = {name: value.decode() for name, value in row.headers}
    event = orjson.loads(row.value)

    assert headers["ce_type"] == "ledger.row"
    assert headers["ce_id"] == event["id"]
    assert headers["ce_time"] == event["at"]
    assert headers["content-type"] == "application/json"
