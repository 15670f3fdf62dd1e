"""Both emitters report to a real broker, with the receipts and guarantees that they have on a file."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kafka.builders import records_of
from tests.kafka.client.logs import (
    PARTITIONS,
    PATIENT,
    SYMBOLS,
    every,
    ids_by_stream,
    in_order,
    narrow_topic,
    opened,
    with_topics,
)
from tests.streams.client.builders import WAIT_S, run
from tests.streams.logs.builders import ROOT
from tests.streams.logs.processes import in_forked_child
from untaken.schemas.registry import SYMBOL_TOPICS
from untaken.streams.client import AsyncEmitter, Emitter, GuardChain, SignalReceipt

LIGHT = """
import sys
from untaken import Emitter, GuardChain
heavy = {"polars", "numpy", "numba", "scipy", "pandas", "typer", "faust", "prometheus_client"}
with Emitter(sys.argv[1], "demo", run="light", spool=sys.argv[2]) as bot:
    signal = bot.signal("BTC/USDT", "breakout", "long", 100.0)
    assert GuardChain(bot, [lambda _: True]).ask(signal)
    assert bot.flush(60)
    assert signal.offset == 0
    assert "aiokafka" in sys.modules
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the bots a current directory of their own, for there they keep run and spool."""
    monkeypatch.chdir(tmp_path)


def test_receipts_say_at_which_offset_an_event_lies(broker: str, prefix: str) -> None:
    url = with_topics(broker, prefix)
    with Emitter(url, "demo", buffering=PATIENT) as bot:
        first = bot.signal("BTC/USDT", "breakout", "long", 64_000.0)
        second = bot.signal("BTC/USDT", "breakout", "short", 64_000.0)
        blocked = bot.block(first, "spread")
        declared = bot.declare("USDT")

        assert (first.wait(WAIT_S), second.wait(WAIT_S)) == (0, 1)
        assert (blocked.wait(WAIT_S), declared.wait(WAIT_S)) == (0, 0)
        assert bot.metrics.delivered == 4
        assert bot.metrics.problem == ""

    found = ids_by_stream(broker, prefix)
    assert [first.id, second.id] in found.values()
    assert found[f"{prefix}settings[0]"] == [declared.id]


def test_awaited_receipts_are_durable(broker: str, prefix: str) -> None:
    url = with_topics(broker, prefix)

    async def bot() -> list[str]:
        async with AsyncEmitter(url, "demo", buffering=PATIENT) as reports:
            signals = [reports.signal(symbol, "breakout", "long", 100.0) for symbol in SYMBOLS]
            offsets = await asyncio.gather(*signals)
            assert None not in offsets
            verdict = await GuardChain(reports, [lambda _: True]).ask_async(signals[0])
            assert verdict.approved
            assert await reports.flush(WAIT_S)
            return [signal.id for signal in signals]

    ids = run(bot())
    assert set(ids) < every(ids_by_stream(broker, prefix))


def traces(broker: str, prefix: str) -> list[bytes | None]:
    """Return the trace of every signal, in order of its partition."""
    records = [one for place in range(PARTITIONS) for one in records_of(broker, f"{prefix}signals", place)]
    return [dict(record.headers).get("traceparent") for record in records]


def test_what_is_reported_carries_the_trace_that_it_was_reported_in(broker: str, prefix: str) -> None:
    url = with_topics(broker, prefix)
    ongoing: list[str | None] = ["00-first", None, "00-last"]
    with Emitter(url, "demo", buffering=PATIENT, trace=lambda: ongoing.pop(0)) as bot:
        for _ in range(3):
            bot.signal("BTC/USDT", "breakout", "long", 64_000.0)

    assert list(filter(None, traces(broker, prefix))) == [b"00-first", b"00-last"]
    assert len(traces(broker, prefix)) == 3


def test_a_trace_that_raises_costs_no_event(
    broker: str, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    def trace() -> str:
        raise LookupError("no span")

    with Emitter(with_topics(broker, prefix), "demo", buffering=PATIENT, trace=trace) as bot:
        bot.signal("BTC/USDT", "breakout", "long", 64_000.0)

    assert traces(broker, prefix) == [None]
    assert "trace raised; the event is reported without one" in caplog.text


def test_a_loop_reports_its_trace_too_and_without_one_there_is_no_header(broker: str, prefix: str) -> None:
    url = with_topics(broker, prefix)

    async def bot(**more: Any) -> None:
        async with AsyncEmitter(url, "demo", buffering=PATIENT, **more) as reports:
            await reports.signal("BTC/USDT", "breakout", "long", 100.0)

    run(bot(trace=lambda: "00-of-a-task"))
    run(bot())
    assert traces(broker, prefix) == [b"00-of-a-task", None]


def test_many_events_arrive_once_and_in_the_order_of_each_symbol(broker: str, prefix: str) -> None:
    url = with_topics(broker, prefix)
    with Emitter(url, "demo", buffering=PATIENT) as bot:
        receipts = [
            bot.signal(SYMBOLS[number % 4], "breakout", "long", 100.0, signal_id=str(number))
            for number in range(5_000)
        ]
        assert bot.flush(WAIT_S)

    found = ids_by_stream(broker, prefix)
    assert sum(map(len, found.values())) == 5_000
    assert in_order([receipt.id for receipt in receipts], found)


def test_a_clock_tick_reaches_every_partition(broker: str, prefix: str) -> None:
    url = with_topics(broker, prefix)
    with Emitter(url, "demo", buffering=PATIENT) as bot:
        tick = bot.clock()
        assert tick.wait(WAIT_S) == 0

    found = ids_by_stream(broker, prefix)
    assert all(ids == [tick.id] for ids in found.values())
    assert len(found) == PARTITIONS * len(SYMBOL_TOPICS)


def test_topics_that_are_missing_are_told_and_waited_for(broker: str, prefix: str) -> None:
    with Emitter(f"{broker}?prefix={prefix}", "demo", buffering=PATIENT) as bot:
        receipt = bot.signal("BTC/USDT", "breakout", "long", 64_000.0)
        while not bot.metrics.problem:
            assert not bot.flush(0.1)
        assert "untaken topics create" in bot.metrics.problem
        assert receipt.state == "spooled"

        with_topics(broker, prefix)
        assert receipt.wait(WAIT_S) == 0
        assert bot.metrics.problem == ""


def test_the_run_is_kept_and_backfill_is_marked(broker: str, prefix: str) -> None:
    url = with_topics(broker, prefix)
    with Emitter(url, "demo", backfill=True, buffering=PATIENT) as bot:
        run_id = bot.run
        assert bot.signal("BTC/USDT", "breakout", "long", 64_000.0).wait(WAIT_S) == 0
    with Emitter(url, "other", buffering=PATIENT) as bot:
        assert bot.run == run_id != "default"

    with opened(broker, prefix) as log:
        assert log.read(log.start(), 10).frame["backfill"].to_list() == [True]


def test_an_open_log_may_be_given_and_is_left_open(broker: str, prefix: str) -> None:
    with opened(broker, prefix) as log:
        with Emitter(log, "demo", buffering=PATIENT) as bot:
            assert bot.signal("BTC/USDT", "breakout", "long", 64_000.0).wait(WAIT_S) == 0
        assert len(log.read(log.start(), 10)) == 1


def test_an_event_larger_than_the_topic_takes_stops_no_other(broker: str, prefix: str) -> None:
    narrow_topic(broker, f"{prefix}signals", 20_000)
    url = with_topics(broker, prefix)
    lost: list[int] = []
    with Emitter(url, "demo", buffering=PATIENT, on_overflow=lost.append) as bot:

        def report(name: str, *notes: str) -> SignalReceipt:
            return bot.signal("BTC/USDT", "breakout", "long", 1.0, signal_id=name, meta={"notes": [*notes]})

        kept = [report(str(number), "x" * 5_000) for number in range(8)]
        large = report("large", "x" * 15_000, "y" * 15_000)
        kept.append(report("last"))
        assert [receipt.wait(WAIT_S) is not None for receipt in kept] == [True] * 9
        assert large.state == "dropped"

    assert lost == [1]
    assert every(ids_by_stream(broker, prefix)) == {receipt.id for receipt in kept}


def test_a_bot_on_kafka_loads_nothing_of_the_engine(broker: str, prefix: str, tmp_path: Path) -> None:
    url = with_topics(broker, prefix)
    arguments = [sys.executable, "-c", LIGHT, url, str(tmp_path / "spool")]

    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_and_its_parent_report_side_by_side(broker: str, prefix: str) -> None:
    url = with_topics(broker, prefix)
    with Emitter(url, "demo", buffering=PATIENT) as bot:
        assert bot.signal("BTC/USDT", "before", "long", 100.0).wait(WAIT_S) == 0

        def report() -> None:
            assert bot.signal("BTC/USDT", "child", "long", 100.0).wait(WAIT_S)
            bot.close()

        assert in_forked_child(report)
        receipts = [bot.signal("BTC/USDT", "parent", "long", 100.0, signal_id=str(n)) for n in range(20)]
        assert bot.flush(WAIT_S)

    found = every(ids_by_stream(broker, prefix))
    assert {receipt.id for receipt in receipts} < found
    assert len(found) == 22
