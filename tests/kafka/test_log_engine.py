"""The engine as it stands, on partitions of a log on Kafka: what they derive adds up to what one engine derives."""

import polars as pl
import pytest

from tests.kafka.builders import kafka_log, produce
from tests.properties.changes import with_settings
from tests.properties.logs import log_of_seed
from tests.streams.chain.engines import computed, entries_of, run_through, tables
from untaken.streams.store.state import State

WHOLE = ("ledger", "trades")
"""Tables whose rows lie in one partition each; sums of the others are the merged view's."""


@pytest.mark.parametrize("cuts", [(), (3, 50, 51, 400)], ids=["at once", "in batches"])
def test_partitions_together_derive_what_one_engine_derives(
    broker: str, prefix: str, cuts: tuple[int, ...]
) -> None:
    records = with_settings(log_of_seed(1))
    log = kafka_log(broker, prefix, partitions=3)
    log.append(entries_of(records))

    parts = [tables(run_through(log.partition(number), State(None), cuts)) for number in range(3)]
    whole = tables(computed(records))
    for name in WHOLE:
        together = pl.concat([part[name] for part in parts])
        assert whole[name].height > 0
        assert rows(together) == rows(whole[name])
    assert sum(part["ledger"].height > 0 for part in parts) > 1
    log.close()


def test_messages_of_somebody_else_become_dead_letters_and_stop_nothing(broker: str, prefix: str) -> None:
    records = with_settings(log_of_seed(1))
    log = kafka_log(broker, prefix, partitions=1)
    produce(broker, f"{prefix}signals", {"value": b"\x00\x01 not JSON"}, {"value": b'{"hello": "world"}'})
    log.append(entries_of(records))

    found, whole = tables(run_through(log, State(None))), tables(computed(records))
    strange = found["dead_letters"].filter(type="")
    assert sorted(strange["code"].to_list()) == ["invalid", "unreadable"]
    assert rows(found["ledger"]) == rows(whole["ledger"])
    log.close()


def rows(table: pl.DataFrame) -> list[tuple[object, ...]]:
    return sorted(table.rows(), key=repr)
