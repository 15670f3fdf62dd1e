"""What workers derive: the same as the embedded engine from the same events, whoever does it and how often."""

import orjson

from tests.generators.logs import random_log
from tests.kafka.worker.ground import Ground, at_work, demand_all_is_well, done, other_place, served_by, until
from tests.properties.changes import with_settings
from tests.streams.chain.engines import Record, entries_of
from untaken.streams.logs.base import Entry
from untaken.streams.worker.worker import Worker


def facts(seed: int = 0, signals: int = 60) -> list[Entry]:
    return entries_of(records(seed, signals))


def records(seed: int = 0, signals: int = 60) -> list[Record]:
    return with_settings(random_log(seed, signals=signals, days=1))


def applied(worker: Worker) -> int:
    return sum(standing.records for standing in worker.condition().standings)


def test_one_worker_derives_what_the_embedded_engine_derives(ground: Ground) -> None:
    entries = facts()
    ground.log.append(entries)
    with at_work(ground) as worker:
        until(done(ground, worker))

    demand_all_is_well(ground, entries)


def test_a_worker_that_starts_again_reads_nothing_twice(ground: Ground) -> None:
    entries = facts(1)
    half = len(entries) // 2
    ground.log.append(entries[:half])
    with at_work(ground) as first:
        until(done(ground, first))
    ground.log.append(entries[half:])
    with at_work(ground) as second:
        until(done(ground, second))
        again = applied(second)

    assert again < len(entries)
    demand_all_is_well(ground, entries)


def test_a_second_worker_takes_its_share_and_gives_it_back(ground: Ground) -> None:
    entries = facts(2)
    third = len(entries) // 3
    ground.log.append(entries[:third])
    with at_work(ground) as first:
        until(done(ground, first))
        with at_work(ground, other_place(ground, "second")) as second:
            until(
                lambda: len(served_by(first)) + len(served_by(second)) == 3 and 0 < len(served_by(second)) < 3
            )
            ground.log.append(entries[third : 2 * third])
            until(done(ground, first, second))
            shared_out = (served_by(first), served_by(second))
        until(lambda: served_by(first) == {0, 1, 2})
        ground.log.append(entries[2 * third :])
        until(done(ground, first))

    assert not shared_out[0] & shared_out[1]
    demand_all_is_well(ground, entries)


def test_a_worker_without_state_recovers_from_the_topics(ground: Ground) -> None:
    entries = facts(3)
    ground.log.append(entries)
    with at_work(ground) as first:
        until(done(ground, first))
    with at_work(ground, other_place(ground, "elsewhere")) as second:
        until(done(ground, second))

    demand_all_is_well(Ground(ground.log, ground.states.with_name("elsewhere")), entries)


def test_a_poison_event_is_refused_and_stops_nothing(ground: Ground) -> None:
    entries = facts(4, signals=20)
    poison = Entry("signal.emitted", b'{"type": "signal.emitted", "id": "broken', "BTC/USD")
    odd = Entry("market.bar", orjson.dumps({"type": "market.bar", "id": "odd", "open": -1}), "ETH/USD")
    ground.log.append([entries[0], poison, odd, *entries[1:]])
    with at_work(ground) as worker:
        until(done(ground, worker))
    found = ground.tables()["dead_letters"]

    assert {"unreadable", "invalid"} <= set(found["code"])
    demand_all_is_well(ground, [entries[0], poison, odd, *entries[1:]])
