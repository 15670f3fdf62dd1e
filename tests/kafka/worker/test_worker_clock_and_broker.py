"""What moves although nothing happens, and what waits because nobody answers."""

import time
from dataclasses import replace
from pathlib import Path

import orjson

from tests.kafka.brokers import own_broker
from tests.kafka.worker.ground import PARTITIONS, Ground, at_work, demand_all_is_well, done, until
from tests.kafka.worker.processes import WorkerProcess
from tests.kafka.worker.test_worker_tables import facts
from untaken.schemas.times import from_us, rfc3339
from untaken.streams.logs.base import Entry
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import open_kafka
from untaken.streams.worker.standing import Standing


def bar_of_now(symbol: str, ago_s: float) -> Entry:
    at = time.time_ns() // 1000 - round(ago_s * 1e6)
    prices = {"open": 100, "high": 101, "low": 99, "close": 100}
    bar = {
        "type": "market.bar",
        "id": f"bar-{symbol}-{at}",
        "at": rfc3339(from_us(at)),
        "bot": "feed",
        "symbol": symbol,
        "interval": "1m",
        "open_at": rfc3339(from_us(at - 60_000_000)),
        **prices,
    }
    return Entry("market.bar", orjson.dumps(bar), symbol)


def told(standing: Standing, since_us: int) -> bool:
    return standing.watermark_us is not None and standing.watermark_us >= since_us


def test_the_clock_is_told_in_a_live_log_in_which_nothing_happens(ground: Ground) -> None:
    ground.log.append([bar_of_now("BTC/USD", ago_s=30)])
    with at_work(ground, replace(ground.options, tick_s=5)) as worker:
        began = time.time_ns() // 1000
        until(lambda: [told(each, began) for each in worker.condition().standings] == [True] * PARTITIONS)

        assert worker.condition().ticks > 0


def test_the_clock_is_not_told_in_a_log_of_the_past(ground: Ground) -> None:
    ground.log.append(facts(0, signals=10))
    with at_work(ground, replace(ground.options, tick_s=0.1)) as worker:
        until(done(ground, worker))
        until(lambda: all(standing.lag == 0 for standing in worker.condition().standings))

        assert worker.condition().ticks == 0


def test_a_worker_waits_for_a_broker_that_is_down_and_goes_on_after_it_went_away(
    tmp_path: Path, prefix: str
) -> None:
    entries = facts(8)
    with own_broker(tmp_path / "broker") as broker:
        options = KafkaOptions(prefix=prefix, partitions=PARTITIONS, request_timeout_s=60)
        log = open_kafka(broker.url, options)
        log.append(entries[: len(entries) // 2])
        ground = Ground(log, tmp_path / "state")
        broker.stop()
        worker = WorkerProcess(log.url, ground.states, kafka__request_timeout_s=5)
        until(lambda: "did not answer" in worker.text() or not worker.alive)
        broker.start()
        until(lambda: ground.position(0) != {} or not worker.alive)
        broker.kill()
        broker.start()
        log.append(entries[len(entries) // 2 :])
        until(lambda: ground.lag() == 0 or not worker.alive)

        assert worker.stop() == 0, worker.text()
        assert "Traceback" not in worker.text()
        with at_work(ground) as again:
            until(done(ground, again))
        demand_all_is_well(ground, entries)
        log.close()
