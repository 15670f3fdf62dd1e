"""Two workers on a broker of their own, disturbed again and again while events flow, and then held to account.

`make torture` does fifty rounds of it; the suite five.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from tests.kafka.brokers import own_broker
from tests.kafka.worker.flow import Flow, with_ticks
from tests.kafka.worker.ground import (
    PARTITIONS,
    Ground,
    at_work,
    demand_all_is_well,
    demand_published,
    done,
    until,
)
from tests.kafka.worker.plan import Disturbance, disturbances, producers_ends
from tests.kafka.worker.processes import WorkerProcess
from tests.kafka.worker.producers import killed_and_repeated
from tests.kafka.worker.test_worker_tables import facts
from tests.reliability.processes import lives_after
from untaken.streams.broker import Broker
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import open_kafka

Told = Callable[[str, object], None]

ROUNDS = [
    pytest.param(0, 5, id="5 rounds"),
    pytest.param(1, 50, id="50 rounds", marks=pytest.mark.torture),
]


def test_a_plan_kills_at_points_at_least_as_often_as_in_between() -> None:
    kinds = [disturbance.kind for disturbance in disturbances(1, 50)]

    assert kinds.count("point") >= 2 * kinds.count("moment") > 0
    assert kinds.count("leave") == 10
    assert {kinds.count("broker stopped"), kinds.count("broker killed")}.isdisjoint({0})


@pytest.mark.parametrize(("seed", "rounds"), ROUNDS)
def test_nothing_is_lost_or_counted_twice(
    seed: int, rounds: int, tmp_path: Path, prefix: str, record_property: Told
) -> None:
    with own_broker(tmp_path / "broker") as broker:
        options = KafkaOptions(prefix=prefix, partitions=PARTITIONS, request_timeout_s=60)
        log = open_kafka(broker.url, options)
        hasty = open_kafka(broker.url, replace(options, request_timeout_s=10))
        ground = Ground(log, tmp_path / "first")
        entries = with_ticks(facts(seed, signals=150))
        pair = Pair(log.url, [ground.states, tmp_path / "second"], broker)
        with Flow(hasty, entries, chunk=25) as flow:
            for disturbance, fault in zip(
                disturbances(seed, rounds), producers_ends(seed, rounds), strict=True
            ):
                pair.suffer(disturbance)
                record_property("disturbed", disturbance.name)
                if fault is not None:
                    killed_and_repeated(log.url, entries[:200], tmp_path, fault)
                    record_property("disturbed", f"producer killed at {fault.point}")
            flow.finish()
        pair.leave()
        with at_work(ground) as last:
            until(done(ground, last))

        assert flow.acknowledged == {orjson.loads(entry.value)["id"] for entry in entries}
        assert flow.acknowledged <= ids_in(ground)
        demand_all_is_well(ground, entries)
        demand_published(ground, entries)
        hasty.close()
        log.close()


class Pair:
    """Two workers on two machines, as far as their states are concerned."""

    def __init__(self, url: str, places: list[Path], broker: Broker) -> None:
        self._url = url
        self._places = places
        self._broker = broker
        self._workers = [WorkerProcess(url, place) for place in places]

    def suffer(self, disturbance: Disturbance) -> None:
        """Let something happen; afterwards both are at work again."""
        match disturbance.kind:
            case "point":
                self._replace(disturbance.victim, disturbance)
                code = self._workers[disturbance.victim].ended()
                assert code == -9, self._workers[disturbance.victim].text()
            case "moment":
                lives_after(self._workers[disturbance.victim].process, disturbance.moment_s)
                self._workers[disturbance.victim].kill()
            case "leave":
                lives_after(self._workers[disturbance.victim].process, disturbance.moment_s)
                self._stop(disturbance.victim)
            case "broker stopped" | "broker killed":
                end = self._broker.stop if disturbance.kind == "broker stopped" else self._broker.kill
                end()
                lives_after(self._workers[disturbance.victim].process, disturbance.moment_s)
                self._broker.start()
                return
        self._workers[disturbance.victim] = WorkerProcess(self._url, self._places[disturbance.victim])

    def leave(self) -> None:
        for victim in range(len(self._workers)):
            self._stop(victim)

    def _replace(self, victim: int, disturbance: Disturbance) -> None:
        """Start a worker anew that will die at a point."""
        self._stop(victim)
        self._workers[victim] = WorkerProcess(self._url, self._places[victim], fault=disturbance.fault)

    def _stop(self, victim: int) -> None:
        worker = self._workers[victim]
        until(lambda: worker.begun or not worker.alive)
        assert worker.stop() == 0, worker.text()


def ids_in(ground: Ground) -> set[str]:
    """Return the ids of everything in the log."""
    frame = ground.log.read(ground.log.start(), 1 << 30).frame
    return {orjson.loads(value)["id"] for value in frame["value"]}
