"""Caches of merged views: what is wrong with one is never shown."""

import time
from pathlib import Path

from tests.kafka.published.test_merged_view import shown
from tests.kafka.published.workers import Worker, worked
from tests.properties.changes import with_settings
from tests.properties.logs import short_log_of_seed
from tests.streams.chain.engines import entries_of
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import open_kafka
from untaken.streams.published.reading.merged import GOES_ON_WITHIN_S, merged_view
from untaken.streams.store.state import State


def filled(log: KafkaLog, seed: int = 1) -> None:
    worked(log, entries_of(with_settings(short_log_of_seed(seed))))


def test_a_cache_of_topics_that_were_made_anew_is_thrown_away(
    log: KafkaLog, broker: str, prefix: str, tmp_path: Path
) -> None:
    cache = tmp_path / "cache.db"
    other = open_kafka(broker, KafkaOptions(prefix=f"{prefix}other.", partitions=2))
    filled(other, seed=2)
    with merged_view(other, cache) as view:
        assert view.ledger().height > 0
    other.close()
    state = State(cache)
    for key, value in state.connection.execute("SELECT key, value FROM meta").fetchall():
        state.put(key, value.replace(f"{prefix}other.", prefix))
    state.close()
    filled(log)

    with merged_view(log, cache) as cached, merged_view(log) as fresh:
        assert shown(cached) == shown(fresh)


def test_a_file_that_is_no_cache_is_thrown_away(log: KafkaLog, tmp_path: Path) -> None:
    cache = tmp_path / "cache.db"
    cache.write_bytes(b"something else" * 100)
    filled(log)

    with merged_view(log, cache) as view:
        assert view.ledger().height > 0


def test_two_may_look_at_once(log: KafkaLog, tmp_path: Path) -> None:
    filled(log)

    with merged_view(log, tmp_path / "cache.db") as one, merged_view(log, tmp_path / "cache.db") as other:
        assert shown(one) == shown(other)


def test_what_is_no_more_leaves_the_cache(log: KafkaLog, tmp_path: Path) -> None:
    filled(log)
    with merged_view(log, tmp_path / "cache.db") as view:
        before = view.ledger().height
    for number in (0, 1):
        nobody = Worker(log, number)  # has read nothing, and takes everything back
        nobody.publish()
        nobody.close()

    with merged_view(log, tmp_path / "cache.db") as view:
        assert before > 0
        assert view.ledger().height == 0


def test_a_cache_that_may_have_missed_a_deletion_is_read_anew(log: KafkaLog, tmp_path: Path) -> None:
    filled(log)
    cache = tmp_path / "cache.db"
    with merged_view(log, cache) as view:
        whole = shown(view)
    state = State(cache)
    state.connection.execute("DELETE FROM rows")
    state.close()
    later = time.time() + GOES_ON_WITHIN_S + 60

    with merged_view(log, cache, clock=lambda: later) as view:
        assert shown(view) == whole
