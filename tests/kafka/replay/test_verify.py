"""Rebuild and verify of a log on Kafka, by the commands."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from tests.golden.command_line import Ran, in_process
from tests.kafka.published.workers import Worker, worked, workers
from tests.properties.changes import with_settings
from tests.properties.logs import short_log_of_seed
from tests.streams.chain.engines import entries_of
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import open_kafka
from untaken.streams.published.form.keys import keys_of_refs
from untaken.streams.published.form.rows import LEDGER, row_events
from untaken.streams.published.writing.theirs import read_theirs


@pytest.fixture
def log(broker: str, prefix: str) -> Iterator[KafkaLog]:
    opened = open_kafka(broker, KafkaOptions(prefix=prefix, partitions=2))
    opened.append(entries_of(with_settings(short_log_of_seed(1))))
    yield opened
    opened.close()


def verify(log: KafkaLog) -> Ran:
    return in_process(["replay", "verify", "--json", "--log", log.url])


def spoil(log: KafkaLog, partition: int) -> None:
    """Overwrite a published row with another one's content, as a wrong worker would."""
    rows = asyncio.run(read_theirs(log.address, partition)).rows["ledger"]
    key = min(rows)

    async def written() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=list(log.address.servers))
        await producer.start()
        try:
            await producer.send_and_wait(f"{log.prefix}ledger", None, key=key, partition=partition)
        finally:
            await producer.stop()

    asyncio.run(written())


def test_what_workers_published_is_what_the_log_makes(log: KafkaLog) -> None:
    worked(log)

    found = json.loads(verify(log).out)

    assert found["clean"]
    assert found["records"] > 500
    assert [partition["published"] for partition in found["partitions"]] == [True, True]


def test_verify_is_clean_in_the_midst_of_the_log(log: KafkaLog) -> None:
    with workers(log) as (first, second):
        first.step(300)
        first.publish(caught_up=True)
        second.catch_up()
        second.publish()

    found = json.loads(verify(log).out)

    assert found["clean"]


def test_before_anything_is_published_it_says_so(log: KafkaLog) -> None:
    ran = verify(log)

    assert ran.code == 2
    assert "nothing to verify" in ran.err


def test_a_row_that_is_missing_is_named(log: KafkaLog) -> None:
    worked(log)
    spoil(log, 1)
    # The next publication takes the record for its own, as it would one of another worker that is not fenced.
    worker = Worker(log, 1)
    worker.catch_up()

    async def only_progress(publisher: Any) -> None:
        theirs = await publisher.read_theirs()
        theirs.rows["ledger"] |= own_ids(worker)
        publisher.adopt(theirs)
        while (outgoing := publisher.prepare()) is not None:
            publisher.settle(outgoing, await publisher.send(outgoing))

    worker.within(only_progress)
    worker.close()

    ran = verify(log)
    found = json.loads(ran.out)

    assert ran.code == 1
    assert not found["clean"]
    assert [d["table"] for d in found["partitions"][1]["differences"]] == ["ledger"]
    assert "ledger of partition 1" in ran.err


def own_ids(worker: Worker) -> dict[bytes, str]:
    rows = worker.chain.stores.rows.load_all("ledger")
    return dict(zip(keys_of_refs(rows["ref"]), row_events(LEDGER, rows).ids, strict=True))


def test_rebuilt_states_are_compared_and_nothing_differs(log: KafkaLog, tmp_path: Path) -> None:
    worked(log)
    ran = in_process(["replay", "rebuild", "--json", "--into", str(tmp_path), "--log", log.url])
    assert ran.code == 0, ran.err
    app = log.prefix.strip(".")

    for number in range(log.partitions):
        worker = Worker(log, number, tmp_path / f"{app}-p{number}.db")
        told = worker.publish()
        worker.close()
        assert (told.compared, told.records) == (True, 0)

    assert json.loads(verify(log).out)["clean"]
