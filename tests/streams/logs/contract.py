"""What every log engine must do. An engine's tests subclass this and say how a log of theirs is made."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from threading import Barrier, Thread

import polars as pl
import pytest

from tests.streams.logs.builders import START_US, Ticking, ids_of, settings, signal, signals, values_of
from untaken.errors import SchemaUnknown
from untaken.schemas.registry import DERIVED
from untaken.streams.logs import Count, Entry, Log, LogClosed
from untaken.streams.logs.errors import DerivedRefused

FRAME = {
    "stream": pl.String(),
    "offset": pl.Int64(),
    "topic": pl.String(),
    "type": pl.String(),
    "appended_at": pl.Int64(),
    "backfill": pl.Boolean(),
    "value": pl.Binary(),
}


class LogContract:
    """The contract; `make` gives a new, empty log.

    Its events are of one symbol wherever their order counts: a log of several streams keeps only that order.
    """

    @pytest.fixture
    def make(self) -> Callable[[], Log]:
        raise AssertionError("the engine's tests define this fixture")

    @pytest.fixture
    def log(self, make: Callable[[], Log]) -> Iterator[Log]:
        made = make()
        yield made
        made.close()

    def test_an_empty_log_has_nothing_to_read_and_its_end_is_its_start(self, log: Log) -> None:
        batch = log.read(log.start(), 10)

        assert len(batch) == 0
        assert dict(batch.frame.schema) == FRAME
        assert batch.position == log.start() == log.end()
        assert log.counts() == []

    def test_events_are_read_in_the_order_of_their_appends(self, log: Log) -> None:
        log.append(signals(3))
        log.append([signal(9), signal(4)])

        assert ids_of(log) == ["signal-1", "signal-2", "signal-3", "signal-9", "signal-4"]

    def test_offsets_rise_strictly_and_are_those_that_reading_shows(self, log: Log) -> None:
        given = log.append(signals(3)) + log.append([signal(4)]) + log.append(signals(2, first=5))

        frame = log.read(log.start(), 100).frame
        assert frame["offset"].to_list() == given
        assert all(later > earlier for earlier, later in pairwise(given))
        assert frame["stream"].n_unique() == 1

    def test_a_batch_describes_each_event(self, log: Log) -> None:
        log.append([settings(), signal(1), signal(2)._replace(backfill=True)])

        frame = log.read(log.start(), 10).frame.sort("topic", "offset")
        assert dict(frame.schema) == FRAME
        assert frame["topic"].to_list() == ["settings", "signals", "signals"]
        assert frame["type"].to_list() == ["settings.changed", "signal.emitted", "signal.emitted"]
        assert frame["backfill"].to_list() == [False, False, True]

    def test_appending_nothing_changes_nothing(self, log: Log) -> None:
        offsets = log.append([])

        assert offsets == []
        assert log.end() == log.start()

    def test_a_type_that_no_topic_knows_is_refused_and_nothing_of_its_batch_is_kept(self, log: Log) -> None:
        with pytest.raises(SchemaUnknown):
            log.append([signal(1), Entry("no.such", b"{}", None)])

        assert values_of(log) == []
        assert log.counts() == []

    @pytest.mark.parametrize("name", sorted(DERIVED))
    def test_what_engines_derive_is_never_appended(self, log: Log, name: str) -> None:
        with pytest.raises(DerivedRefused, match=f"{name}.*report the facts"):
            log.append([signal(1), Entry(name, b"{}", "BTC/USDT")])

        assert log.end() == log.start()

    def test_an_import_may_bring_the_topic_of_a_type_that_this_version_does_not_know(self, log: Log) -> None:
        log.append([Entry("newer.event", b"{}", None, topic="newer")])

        assert log.read(log.start(), 1).frame["topic"].to_list() == ["newer"]

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
    def test_batches_of_any_size_give_the_same_events(self, log: Log, limit: int) -> None:
        log.append(signals(7))

        assert values_of(log, limit=limit) == [entry.value for entry in signals(7)]

    def test_a_batch_never_exceeds_its_limit_and_says_where_to_go_on(self, log: Log) -> None:
        offsets = log.append(signals(5))

        first = log.read(log.start(), 2)
        second = log.read(first.position, 2)
        assert first.frame["offset"].to_list() == offsets[:2]
        assert second.frame["offset"].to_list() == offsets[2:4]

    def test_a_position_without_streams_means_the_beginning(self, log: Log) -> None:
        log.append(signals(2))

        assert values_of(log, {}) == values_of(log, log.start())

    def test_a_position_taken_at_the_end_reads_only_what_comes_later(self, log: Log) -> None:
        log.append(signals(3))
        end = log.end()
        log.append([signal(4)])

        assert values_of(log, end) == [signal(4).value]

    def test_reading_at_the_end_leaves_the_position_where_it_was(self, log: Log) -> None:
        log.append(signals(3))

        assert log.read(log.end(), 10).position == log.end()

    def test_the_position_after_the_last_event_is_the_end(self, log: Log) -> None:
        log.append(signals(3))

        assert log.read(log.start(), 10).position == log.end()

    def test_the_events_of_an_append_share_its_moment(self, log: Log) -> None:
        log.append(signals(2))
        log.append([signal(3)])

        first, second, third = log.read(log.start(), 10).frame["appended_at"].to_list()
        assert first == second <= third

    def test_appended_at_of_an_import_is_kept(self, log: Log) -> None:
        log.append([signal(1)._replace(appended_at=17), signal(2)._replace(appended_at=0)])

        assert log.read(log.start(), 10).frame["appended_at"].to_list() == [17, 0]

    def test_counts_add_up_by_topic_type_and_backfill(self, log: Log) -> None:
        log.append([*signals(3), settings()])
        log.append([signal(4), signal(5)._replace(backfill=True)])

        assert log.counts() == [
            Count("settings", "settings.changed", backfill=False, events=1),
            Count("signals", "signal.emitted", backfill=False, events=4),
            Count("signals", "signal.emitted", backfill=True, events=1),
        ]

    def test_the_settings_are_found_among_everything_else(self, log: Log) -> None:
        log.append([signal(1), settings(1), *signals(5, first=2)])
        log.append([settings(2)._replace(backfill=True), signal(9)])

        found = log.settings_records().frame
        assert found["value"].to_list() == [settings(1).value, settings(2).value]
        assert dict(found.schema) == FRAME

    def test_a_log_without_settings_has_no_settings_records(self, log: Log) -> None:
        log.append([signal(1)])

        assert len(log.settings_records()) == 0

    def test_large_events_and_every_script_come_back_byte_for_byte(self, log: Log) -> None:
        large = signal(1, note="x" * 1_000_000)
        foreign = signal(2, symbol="比特币/€", note="żółw 🐢 \u0000 \n \u2028")
        raw = Entry("dead.lettered", bytes(range(256)), None)
        log.append([large, foreign, raw])

        assert sorted(values_of(log)) == sorted([large.value, foreign.value, raw.value])

    def test_waiting_where_something_lies_returns_at_once(self, log: Log) -> None:
        log.append([signal(1)])

        assert log.wait(log.start(), 0)
        assert log.wait({}, 0)

    def test_waiting_at_the_end_gives_up_in_time(self, log: Log) -> None:
        log.append([signal(1)])

        assert not log.wait(log.end(), 0)
        assert not log.wait(log.end(), 0.001)

    def test_waiting_at_the_end_notices_an_append(self, log: Log) -> None:
        end = log.end()
        writer = Thread(target=log.append, args=([signal(1)],))
        writer.start()

        assert log.wait(end, 60)
        writer.join()

    def test_threads_that_append_at_once_lose_and_mix_nothing(self, log: Log) -> None:
        gate = Barrier(4)

        def write(writer: int) -> None:
            gate.wait()
            for number in range(20):
                log.append([signal(1000 * writer + number), signal(1000 * writer + 500 + number)])

        threads = [Thread(target=write, args=(writer,)) for writer in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        ids = ids_of(log)
        assert len(set(ids)) == len(ids) == 160
        for writer in range(4):
            own = [number for number in map(_number, ids) if number // 1000 == writer]
            assert own == [1000 * writer + at + half for at in range(20) for half in (0, 500)]
        assert all(
            _number(second) == _number(first) + 500 for first, second in zip(ids[::2], ids[1::2], strict=True)
        )

    def test_a_reader_sees_whole_appends_while_they_are_written(self, log: Log) -> None:
        def write() -> None:
            for first in range(0, 200, 5):
                log.append(signals(5, first=first))

        writer = Thread(target=write)
        writer.start()
        seen: list[int] = []
        position = log.start()
        while len(seen) < 200 and log.wait(position, 60):
            batch = log.read(position, 5)
            assert len(batch) == 5
            seen += batch.frame["offset"].to_list()
            position = batch.position
        writer.join()

        assert seen == sorted(set(seen))
        assert len(seen) == 200

    def test_a_sound_log_passes_its_check(self, log: Log) -> None:
        log.append(signals(3))

        assert log.check() == []

    def test_a_closed_log_says_that_it_is_closed(self, make: Callable[[], Log]) -> None:
        log = make()
        log.close()
        log.close()

        with pytest.raises(LogClosed, match="open it again"):
            log.append([signal(1)])
        with pytest.raises(LogClosed):
            log.read(log.start(), 1)


class GivenClockContract(LogContract):
    """The contract of an engine that can be given a clock: `make` gives it one that moves a second at every append."""

    def test_appended_at_is_the_clock_of_the_log(self, log: Log) -> None:
        log.append(signals(2))
        log.append([signal(3)])

        appended = log.read(log.start(), 10).frame["appended_at"].to_list()
        assert appended == [START_US + 1_000_000, START_US + 1_000_000, START_US + 2_000_000]


def _number(event_id: str) -> int:
    return int(event_id.removeprefix("signal-"))


__all__ = ["GivenClockContract", "LogContract", "Ticking"]
