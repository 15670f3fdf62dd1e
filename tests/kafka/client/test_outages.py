"""A broker that is killed, stopped, frozen or not yet there: the bot goes on, and nothing is lost."""

import asyncio
import os
import signal as signals
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.brokers import own_broker
from tests.kafka.client.logs import SYMBOLS, every, ids_by_stream, in_order, with_topics
from tests.streams.client.builders import WAIT_S, run
from tests.streams.logs.processes import start_module
from untaken.streams.broker import Broker
from untaken.streams.client import AsyncEmitter, Buffering, Emitter, SignalReceipt

QUICK = Buffering(max_delay_s=0.0, max_batch=100, log_timeout_s=3.0)
"""A broker that is away is noticed soon, one on a busy machine still has time to answer."""

LONG_S = 180.0


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = own_broker(tmp_path_factory.mktemp("outages"))
    yield broker
    broker.stop()


@pytest.fixture(autouse=True)
def running(own: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin every test with a broker that runs, and a current directory of its own."""
    monkeypatch.chdir(tmp_path)
    own.start()


def report(bot: Emitter, first: int, count: int) -> list[SignalReceipt]:
    return [
        bot.signal(SYMBOLS[number % 4], "breakout", "long", 100.0, signal_id=str(number))
        for number in range(first, first + count)
    ]


def until_spooled(bot: Emitter) -> None:
    while not bot.metrics.spool_bytes:
        assert not bot.flush(0.05)


def test_a_broker_killed_and_restarted_while_a_bot_reports(own: Broker, prefix: str) -> None:
    url = with_topics(own.url, prefix)
    with Emitter(url, "demo", buffering=QUICK) as bot:
        receipts = report(bot, 0, 500)
        assert receipts[99].wait(LONG_S) is not None
        for outage in range(2):
            receipts += report(bot, len(receipts), 2_000)
            own.kill()
            receipts += report(bot, len(receipts), 500)
            until_spooled(bot)
            assert "cannot be written" in bot.metrics.problem
            assert bot.metrics.spool_bytes > 0
            own.start()
            receipts += report(bot, len(receipts), 500)
            assert bot.flush(LONG_S), (outage, bot.metrics)
        metrics = bot.metrics

    found = ids_by_stream(own.url, prefix)
    ids = [receipt.id for receipt in receipts]
    assert {receipt.state for receipt in receipts} == {"delivered"}
    assert every(found) == set(ids)
    assert in_order(ids, found)
    assert (metrics.delivered, metrics.dropped, metrics.spool_bytes) == (len(ids), 0, 0)
    assert (metrics.problem, metrics.behind_s) == ("", 0.0)
    assert not list(Path().glob("*.spool"))


def test_a_broker_stopped_in_order_while_a_loop_reports(own: Broker, prefix: str) -> None:
    url = with_topics(own.url, prefix)

    async def bot() -> list[str]:
        async with AsyncEmitter(url, "demo", buffering=QUICK) as reports:
            receipts = [
                reports.signal("BTC/USDT", "breakout", "long", 1.0, signal_id=str(n)) for n in range(500)
            ]
            assert await receipts[0] is not None
            await asyncio.to_thread(own.stop)
            receipts += [reports.signal("BTC/USDT", "b", "long", 1.0, signal_id=str(n)) for n in range(500)]
            while not reports.metrics.spooled:
                assert not await reports.flush(0.05)
            await asyncio.to_thread(own.start)
            assert None not in await asyncio.gather(*receipts)
            return [receipt.id for receipt in receipts]

    ids = asyncio.run(bot())
    found = ids_by_stream(own.url, prefix)
    assert every(found) == set(ids)
    assert in_order(ids, found)


def test_a_frozen_broker_delays_events_and_never_the_bot(own: Broker, prefix: str) -> None:
    url = with_topics(own.url, prefix)
    with Emitter(url, "demo", buffering=QUICK) as bot:
        assert report(bot, 0, 1)[0].wait(WAIT_S) is not None
        assert own._process is not None
        os.kill(own._process.pid, signals.SIGSTOP)
        try:
            receipts = report(bot, 1, 500)
            assert receipts[-1].state == "waiting"
            until_spooled(bot)
        finally:
            os.kill(own._process.pid, signals.SIGCONT)
        assert bot.flush(LONG_S)

    found = ids_by_stream(own.url, prefix)
    assert len(every(found)) == 501


def test_a_bot_that_ends_beside_a_frozen_broker_leaves_its_events_to_the_next(
    own: Broker, prefix: str
) -> None:
    url = with_topics(own.url, prefix)
    bot = Emitter(url, "demo", buffering=QUICK)
    receipts = report(bot, 0, 10)
    assert receipts[-1].wait(WAIT_S) is not None
    assert own._process is not None
    os.kill(own._process.pid, signals.SIGSTOP)
    try:
        receipts += report(bot, 10, 500)
        bot.close(timeout_s=60)
    finally:
        os.kill(own._process.pid, signals.SIGCONT)
    assert [receipt.state for receipt in receipts] == ["delivered"] * 10 + ["spooled"] * 500

    with Emitter(url, "demo", buffering=QUICK) as heir:
        assert heir.flush(LONG_S)
    assert every(ids_by_stream(own.url, prefix)) == {receipt.id for receipt in receipts}


def test_a_bot_that_starts_and_ends_without_its_broker_leaves_its_events_to_the_next(
    own: Broker, prefix: str
) -> None:
    url = with_topics(own.url, prefix)
    own.kill()
    with Emitter(url, "demo", buffering=Buffering(log_timeout_s=0.2)) as bot:
        receipts = report(bot, 0, 300)
    assert {receipt.state for receipt in receipts} == {"spooled"}

    own.start()
    with Emitter(url, "demo", buffering=QUICK) as heir:
        receipts += report(heir, 300, 300)
        assert heir.flush(LONG_S)
    found = ids_by_stream(own.url, prefix)
    ids = [receipt.id for receipt in receipts]
    assert every(found) == set(ids)
    assert in_order(ids, found)
    assert not list(Path().glob("*.spool"))


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_bot_has_lost_nothing_that_was_delivered_or_spooled(
    own: Broker, prefix: str, seed: int
) -> None:
    url = with_topics(own.url, prefix)
    bot = start_module("tests.kafka.client.bot", url, Path.cwd())
    assert bot.stdout is not None
    lines = [bot.stdout.readline() for _ in range(300)]
    if seed:
        own.kill()
        while "spooled" not in lines[-1]:
            lines.append(bot.stdout.readline())
        own.start()
    bot.kill()
    lines += bot.stdout.readlines()
    bot.communicate(timeout=60)

    told = [line.split() for line in lines if line.endswith("\n")]
    with Emitter(url, "demo", buffering=QUICK) as heir:
        assert heir.flush(LONG_S)
        assert heir.clock().wait(LONG_S) is not None
    found = ids_by_stream(own.url, prefix)
    assert {event_id for event_id, _ in told} <= every(found)
    assert {state for _, state in told} == ({"delivered", "spooled"} if seed else {"delivered"})
    assert all(ids == sorted(ids) for ids in (list(dict.fromkeys(each)) for each in found.values()))


def test_an_awaited_receipt_outlives_an_outage(own: Broker, prefix: str) -> None:
    url = with_topics(own.url, prefix)
    own.kill()

    async def bot() -> int | None:
        async with AsyncEmitter(url, "demo", buffering=QUICK) as reports:
            receipt = reports.signal("BTC/USDT", "breakout", "long", 1.0)
            waiting = asyncio.ensure_future(receipt)
            assert not await reports.flush(0.1)
            await asyncio.to_thread(own.start)
            return await waiting

    assert run(bot()) == 0
