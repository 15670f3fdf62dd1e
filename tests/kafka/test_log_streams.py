"""What a log on Kafka does beyond the contract: partitions, headers, what others write, what is lost."""

from collections.abc import Iterator, Mapping

import orjson
import pytest

from tests.kafka.builders import (
    bar,
    forget,
    ids,
    kafka_log,
    make_topic,
    produce,
    records_of,
    tick,
)
from tests.streams.logs.builders import settings, signal, signals, values_of
from tests.streams.logs.processes import in_forked_child
from untaken.streams.logs import Entry, LogReadOnly, LogTruncated
from untaken.streams.logs.kafka import reading
from untaken.streams.logs.kafka.connecting import Connector
from untaken.streams.logs.kafka.errors import (
    EventTooLarge,
    NoSuchPartition,
    PartitionsDisagree,
    TopicsMissing,
)
from untaken.streams.logs.kafka.fetching import Fetched, Take, Taken
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.kafka.naming import TopicPartition, all_streams, partition_of_stream
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.kafka.partitioner import partition_of
from untaken.streams.logs.kafka.reading import Reader
from untaken.streams.logs.kafka.session import Session
from untaken.streams.logs.opening import open_kafka

SYMBOLS = ("BTC/USDT", "ETH/USDT", "EUR/USD", "SOL/USDT", "XRP/USDT")


@pytest.fixture
def log(broker: str, prefix: str) -> Iterator[KafkaLog]:
    opened = kafka_log(broker, prefix)
    yield opened
    opened.close()


def test_all_of_a_symbol_lies_in_the_partition_of_one_number(log: KafkaLog) -> None:
    for symbol in SYMBOLS:
        log.append([signal(1, symbol), bar(symbol, 1)])

    frame = log.read(log.start(), 100).frame
    placed = {
        (orjson.loads(value)["symbol"], partition_of_stream(stream).partition)
        for stream, value in frame.select("stream", "value").rows()
    }
    assert placed == {(symbol, partition_of(symbol, 3)) for symbol in SYMBOLS}


def test_a_clock_goes_to_every_partition_of_every_topic_of_symbols(log: KafkaLog) -> None:
    log.append([bar("BTC/USDT", 1)])
    offsets = log.append([tick(2)])

    frame = log.read(log.start(), 100).frame.filter(type="clock.ticked")
    assert frame.height == frame["stream"].n_unique() == 5 * 3
    assert offsets == frame.filter(stream=f"{log.prefix}market[0]")["offset"].to_list()


def test_an_event_without_a_symbol_goes_to_every_partition_of_its_topic(log: KafkaLog) -> None:
    log.append([Entry("context.observed", b'{"type":"context.observed"}', None)])

    streams = log.read(log.start(), 100).frame["stream"].to_list()
    assert sorted(streams) == [f"{log.prefix}market[{number}]" for number in range(3)]


def test_a_partition_is_a_log_of_its_symbols_and_the_settings(log: KafkaLog) -> None:
    log.append([settings(), *(bar(symbol, 1) for symbol in SYMBOLS), Entry("dead.lettered", b"{}", None)])

    parts = [log.partition(number) for number in range(log.partitions)]
    found = [ids([value for value in values_of(part) if value != b"{}"]) for part in parts]
    for number, names in enumerate(found):
        own = [f"{symbol}-1-0" for symbol in SYMBOLS if partition_of(symbol, 3) == number]
        assert sorted(names) == sorted(["settings-1", *own])
        assert len(parts[number].settings_records()) == 1
    assert [b"{}" in values_of(part) for part in parts] == [True, False, False]
    with pytest.raises(NoSuchPartition, match="has no partition 3: its topics have 3, counted from 0"):
        log.partition(3)


def test_topics_of_a_partition_are_read_in_the_order_of_what_happened(log: KafkaLog) -> None:
    log.append([bar("BTC/USDT", minute) for minute in range(0, 50, 2)])
    later = [signal(minute, at=f"2024-03-04T10:{minute:02d}:00.000000Z") for minute in range(1, 50, 2)]
    log.append(later)

    minutes = [orjson.loads(value)["at"] for value in values_of(log, limit=7)]
    assert minutes == sorted(minutes)
    assert len(minutes) == 50


def test_records_carry_the_headers_of_cloudevents(broker: str, log: KafkaLog) -> None:
    event = {
        "type": "signal.emitted",
        "id": "one",
        "at": "2024-03-04T10:00:00.000000Z",
        "bot": "b/1",
        "run": "r",
    }
    entry = Entry(
        "signal.emitted",
        orjson.dumps(event),
        "BTC/USDT",
        backfill=True,
        appended_at=17,
        traceparent="00-aa-bb-01",
    )
    log.append([entry])

    (record,) = records_of(broker, f"{log.prefix}signals", partition_of("BTC/USDT", 3))
    assert record.key == b"BTC/USDT"
    assert record.value == entry.value
    assert dict(record.headers) == {
        "ce_specversion": b"1.0",
        "ce_type": b"signal.emitted",
        "ce_id": b"one",
        "ce_source": b"/untaken/b%2F1/r",
        "ce_time": b"2024-03-04T10:00:00.000000Z",
        "content-type": b"application/json",
        "traceparent": b"00-aa-bb-01",
        "untaken_appended_at": b"17",
        "untaken_backfill": b"1",
    }


def test_a_producer_in_another_language_needs_no_headers(broker: str, log: KafkaLog) -> None:
    produce(broker, f"{log.prefix}signals", {"value": signal(1).value, "key": b"BTC/USDT"})

    frame = log.read(log.start(), 10).frame
    assert frame["type"].to_list() == ["signal.emitted"]
    assert frame["value"].to_list() == [signal(1).value]


def test_what_is_no_event_has_no_type(broker: str, log: KafkaLog) -> None:
    for value in (b"\x00\x01", b"[1]", b'{"type": 3}', b'{"id": "x"}'):
        produce(broker, f"{log.prefix}signals", {"value": value, "key": b"k"})
    produce(broker, f"{log.prefix}signals", {"value": None, "key": b"k"})

    frame = log.read(log.start(), 10).frame
    assert frame["type"].to_list() == [""] * 5
    assert frame["value"].to_list() == [b"\x00\x01", b"[1]", b'{"type": 3}', b'{"id": "x"}', b""]


def test_what_retention_removed_is_said_and_nothing_is_read_past_it(broker: str, log: KafkaLog) -> None:
    log.append(signals(5))
    partition = partition_of("BTC/USDT", 3)
    forget(broker, f"{log.prefix}signals", partition, 2)

    stream = f"{log.prefix}signals[{partition}]"
    with pytest.raises(LogTruncated, match=r"begins at offset 2, wanted 0: retention has removed"):
        log.read(log.start(), 10)
    with pytest.raises(LogTruncated):
        log.partition(partition).read({}, 10)
    assert len(log.read(log.start() | {stream: 2}, 10)) == 3
    assert [problem.split(" begins")[0] for problem in log.check()] == [stream]


def test_settings_that_retention_removed_are_missed(broker: str, log: KafkaLog) -> None:
    log.append([settings(1), settings(2)])
    forget(broker, f"{log.prefix}settings", 0, 1)

    with pytest.raises(LogTruncated):
        log.settings_records()


def test_an_event_larger_than_the_broker_takes_is_refused_and_the_next_is_taken(
    broker: str, prefix: str
) -> None:
    make_topic(broker, f"{prefix}signals", 3, max_message_bytes="10000")
    log = kafka_log(broker, prefix)
    with pytest.raises(
        EventTooLarge, match=r"an event of 20,\d+ bytes is larger than the topic .*signals accepts"
    ):
        log.append([signal(1, note="x" * 20_000)])

    assert log.append([signal(2)]) == [0]
    assert ids(values_of(log)) == ["signal-2"]
    log.close()


def test_an_append_of_many_batches_keeps_its_order(log: KafkaLog) -> None:
    entries = [signal(number, note="x" * 50_000) for number in range(60)]
    offsets = log.append(entries)

    assert offsets == list(range(60))
    assert ids(values_of(log, limit=7)) == [f"signal-{number}" for number in range(60)]


def test_a_batch_is_bounded_in_bytes(log: KafkaLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH_BYTES", 1_000_000)
    log.append([signal(number, note="x" * 50_000) for number in range(100)])

    assert 20 <= len(log.read(log.start(), 1_000)) <= 45
    assert len(values_of(log)) == 100


def test_a_position_of_another_place_reads_what_lies_there(log: KafkaLog) -> None:
    log.append(signals(5))
    stream = f"{log.prefix}signals[{partition_of('BTC/USDT', 3)}]"
    log.read(log.start(), 2)

    assert log.read(log.end() | {stream: 3}, 1).frame["offset"].to_list() == [3]
    assert log.read({stream: 1_000_000}, 10).position[stream] == 1_000_000
    assert len(log.read(log.start(), 10)) == 5


def test_a_log_without_topics_is_not_made_by_a_reader(broker: str, prefix: str) -> None:
    options = KafkaOptions(prefix=prefix)
    with pytest.raises(
        TopicsMissing, match=r"has no topic .*signals, .* and 8 more: make them with untaken topics"
    ):
        open_kafka(broker, options, create=False)
    with pytest.raises(TopicsMissing):
        open_kafka(broker, options, read_only=True)


def test_a_log_opened_for_reading_refuses_to_write(broker: str, log: KafkaLog) -> None:
    reader = open_kafka(broker, KafkaOptions(prefix=log.prefix), read_only=True)

    with pytest.raises(LogReadOnly):
        reader.append([signal(1)])
    reader.close()


def test_topics_that_exist_say_how_many_partitions_there_are(broker: str, log: KafkaLog) -> None:
    again = kafka_log(broker, log.prefix, partitions=7)

    assert again.partitions == log.partitions == 3
    again.close()


def test_topics_of_different_counts_are_no_log(broker: str, prefix: str) -> None:
    make_topic(broker, f"{prefix}signals", 3)
    make_topic(broker, f"{prefix}market", 4)

    with pytest.raises(
        PartitionsDisagree, match=r"market has 4 partitions, but 3 are needed \(as .*signals has\)"
    ):
        kafka_log(broker, prefix)


def test_settings_in_several_partitions_are_no_log(broker: str, prefix: str) -> None:
    make_topic(broker, f"{prefix}settings", 2)

    with pytest.raises(PartitionsDisagree, match="settings has 2 partitions, but 1 are needed"):
        kafka_log(broker, prefix)


def test_a_topic_that_would_lose_facts_fails_the_check(broker: str, prefix: str) -> None:
    make_topic(broker, f"{prefix}signals", 3, cleanup_policy="compact")
    make_topic(broker, f"{prefix}market", 3, retention_ms="1000", message_timestamp_type="LogAppendTime")
    log = kafka_log(broker, prefix)

    problems = " ".join(log.check())
    assert "signals has cleanup.policy=compact, it needs delete: facts must never be compacted" in problems
    assert "market has retention.ms=1000, it needs -1: facts that are gone cannot be replayed" in problems
    assert "signals has message.timestamp.type=CreateTime" in problems
    log.close()


def test_what_was_counted_is_not_read_again_to_count_what_came_since(log: KafkaLog) -> None:
    log.append([*signals(5), bar("BTC/USDT", 1)])
    asked = Asked(Session(Connector(log.address)))
    reader = Reader(asked, log.prefix, all_streams(log.prefix, log.topics))
    first = reader.counts()
    asked.positions.clear()
    log.append([signal(6)])
    second = reader.counts()

    assert [(count.type, count.events) for count in first] == [("market.bar", 1), ("signal.emitted", 5)]
    assert [(count.type, count.events) for count in second] == [("market.bar", 1), ("signal.emitted", 6)]
    assert set(asked.positions) == {5}
    asked.session.close()


class Asked:
    """What a reader asks of a real broker, and from which offsets on it fetches."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.ends, self.firsts = session.ends, session.firsts
        self.positions: list[int] = []

    def fetch(
        self, positions: Mapping[TopicPartition, int], take: Take[Taken], wait_s: float
    ) -> list[Fetched[Taken]]:
        self.positions += positions.values()
        return self.session.fetch(positions, take, wait_s)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_and_its_parent_both_go_on_writing(log: KafkaLog) -> None:
    log.append([signal(1)])

    def use() -> None:
        log.append([signal(2)])
        log.close()

    assert in_forked_child(use)
    log.append([signal(3)])
    assert ids(values_of(log)) == ["signal-1", "signal-2", "signal-3"]
