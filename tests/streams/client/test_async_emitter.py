"""The emitter for asyncio: the methods of the other one, and a loop that is never kept waiting."""

import asyncio
import inspect
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import pytest

from tests.streams.client.builders import NOON, WAIT_S, Moody, Ticking, events_of, ids_of, run, small
from tests.streams.client.builders import async_emitter as emitter
from untaken.schemas.events.decisions import DecisionMade
from untaken.schemas.events.market import ClockTicked
from untaken.schemas.events.signals import SignalEmitted
from untaken.streams.client import (
    AsyncEmitter,
    AsyncReceipt,
    Buffering,
    Emitter,
    EmitterClosed,
    EmitterMisused,
    InvalidEvent,
)
from untaken.streams.client.reporting import Reporter
from untaken.streams.logs import Entry, NotALog
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.logs.sqlite import SqliteLog


class Gated(MemoryLog):
    """A log that takes nothing until its gate is opened."""

    def __init__(self) -> None:
        super().__init__(Ticking())
        self.entered = Event()
        self.gate = Event()

    def append(self, entries: Sequence[Entry]) -> list[int]:
        self.entered.set()
        assert self.gate.wait(WAIT_S)
        return super().append(entries)


def test_both_emitters_report_in_the_same_words() -> None:
    words = {name for name in vars(Reporter) if not name.startswith("_")}

    assert {"signal", "block", "approve", "fill", "trade_closed", "bar", "exit_signal", "emit"} <= words
    for name in words | {"__init__", "metrics"}:
        assert inspect.getattr_static(AsyncEmitter, name) is inspect.getattr_static(Emitter, name)


def test_a_receipt_is_given_at_once_and_awaited_until_it_is_durable() -> None:
    log = Gated()

    async def bot() -> None:
        async with emitter(log, run="one") as reports:
            receipt = reports.signal("BTC/USDT", "breakout", "long", 64_000.5, signal_id="s1")
            assert (receipt.signal_id, receipt.symbol, receipt.state) == ("s1", "BTC/USDT", "waiting")
            waiting = asyncio.ensure_future(receipt)
            await asyncio.to_thread(log.entered.wait, WAIT_S)
            assert not waiting.done()
            log.gate.set()
            assert await waiting == 1
            assert (receipt.state, receipt.offset, await receipt) == ("delivered", 1, 1)

    run(bot())
    (event,) = events_of(log)
    assert isinstance(event, SignalEmitted)
    assert (event.bot, event.run, event.signal_id, event.price) == ("demo", "one", "s1", 64_000.5)


def test_many_may_wait_at_once_and_all_are_told() -> None:
    log = MemoryLog()

    async def bot() -> list[int | None]:
        async with emitter(log, buffering=Buffering(max_batch=7)) as reports:
            receipts = [reports.clock() for _ in range(500)]
            return await asyncio.gather(*receipts)

    assert run(bot()) == list(range(1, 501))


def test_several_loops_may_share_an_emitter() -> None:
    log = MemoryLog()
    reports = emitter(log)

    async def bot() -> int | None:
        return await reports.clock()

    async def both() -> None:
        offsets = await asyncio.gather(*(asyncio.to_thread(run, bot()) for _ in range(4)))
        assert sorted(map(int, filter(None, offsets))) == [1, 2, 3, 4]
        await reports.close()

    run(both())


def test_waiting_for_a_receipt_may_be_given_up() -> None:
    log = Gated()

    async def bot() -> None:
        async with emitter(log) as reports:
            receipt = reports.clock()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(receipt, 0.0)
            assert not await reports.flush(0.0)
            log.gate.set()
            assert await receipt == 1

    run(bot())


def test_a_loop_that_ended_while_something_waited_disturbs_nobody() -> None:
    log = Gated()
    reports = emitter(log)

    async def impatient() -> None:
        task = asyncio.ensure_future(reports.clock())
        await asyncio.to_thread(log.entered.wait, WAIT_S)
        task.cancel()

    async def later() -> int | None:
        log.gate.set()
        offset = await reports.clock()
        await reports.close()
        return offset

    run(impatient())
    assert run(later()) == 2


def test_flushing_waits_for_everything_that_was_sent() -> None:
    log = MemoryLog()

    async def bot() -> None:
        async with emitter(log) as reports:
            assert await reports.flush(WAIT_S)
            receipts = [reports.clock() for _ in range(100)]
            assert await reports.flush(WAIT_S)
            assert {receipt.state for receipt in receipts} == {"delivered"}
            assert reports.metrics.delivered == 100

    run(bot())


def test_a_log_that_is_down_delays_events_and_never_the_loop(tmp_path: Path) -> None:
    log = Moody()
    log.down = True

    async def bot() -> None:
        async with emitter(log, spool=tmp_path / "spool", buffering=small()) as reports:
            receipts = [reports.clock() for _ in range(10)]
            assert not await reports.flush(0.0)
            log.down = False
            assert await receipts[-1] is not None
            assert await reports.flush(WAIT_S)
            assert [receipt.offset for receipt in receipts] == list(range(1, 11))

    run(bot())
    assert ids_of(log) == sorted(ids_of(log))
    assert not (tmp_path / "spool").exists()


def test_what_one_program_leaves_in_the_spool_the_next_delivers(tmp_path: Path) -> None:
    log = Moody()
    log.down = True

    async def first() -> list[AsyncReceipt]:
        async with emitter(log, spool=tmp_path / "spool") as reports:
            return [reports.clock() for _ in range(10)]

    async def second() -> None:
        log.down = False
        async with emitter(log, spool=tmp_path / "spool") as reports:
            assert await reports.flush(WAIT_S)

    receipts = run(first())
    assert {receipt.state for receipt in receipts} == {"spooled"}
    run(second())
    assert ids_of(log) == [receipt.id for receipt in receipts]


def test_events_beyond_the_bound_in_memory_are_dropped_and_told() -> None:
    log, lost = Gated(), list[int]()

    async def bot() -> None:
        buffering = Buffering(max_waiting=2)
        async with emitter(log, mode="backtest", buffering=buffering, on_overflow=lost.append) as reports:
            first = reports.clock()
            await asyncio.to_thread(log.entered.wait, WAIT_S)
            others = [reports.clock() for _ in range(3)]
            assert [receipt.state for receipt in others] == ["waiting", "waiting", "dropped"]
            assert await others[-1] is None
            log.gate.set()
            assert await first == 1
            assert not await reports.flush(WAIT_S)

    run(bot())
    assert lost == [1]


def test_a_loop_over_history_drains_and_loses_nothing() -> None:
    log = MemoryLog()

    async def bot() -> None:
        async with emitter(log, mode="backtest", buffering=Buffering(max_waiting=10)) as reports:
            for _ in range(200):
                _ = reports.clock()
                await reports.drain()
            assert await reports.flush(WAIT_S)

    run(bot())
    assert len(ids_of(log)) == 200


def test_an_emitter_for_a_loop_refuses_to_wait_for_room() -> None:
    with pytest.raises(EmitterMisused, match=r"await emitter\.drain\(\)"):
        emitter(buffering=Buffering(wait_when_full=True))


def test_mistakes_are_raised_where_they_were_made() -> None:
    async def bot() -> None:
        async with emitter() as reports:
            with pytest.raises(InvalidEvent, match="did you mean 'confidence'"):
                _ = reports.signal("BTC/USDT", "breakout", "long", 64_000.0, confidense=0.7)  # type: ignore[call-arg]
            with pytest.raises(InvalidEvent, match="symbol is missing"):
                _ = reports.block("s1", "spread")
        with pytest.raises(EmitterClosed):
            _ = reports.clock()
        await reports.close()

    run(bot())


def test_events_made_elsewhere_and_decisions_on_receipts_are_taken() -> None:
    log = MemoryLog()
    made = ClockTicked(id="c1", at=NOON, bot="feed", run="other")

    async def bot() -> None:
        async with emitter(log) as reports:
            signal = reports.signal("BTC/USDT", "breakout", "long", 64_000.0, signal_id="s1")
            _ = reports.block(signal, "spread", value=9.0, threshold=5.0, comparison="<=")
            assert await reports.emit(made) == 3

    run(bot())
    _, decision, event = events_of(log)
    assert isinstance(decision, DecisionMade)
    assert (decision.signal_id, decision.guard, decision.verdict) == ("s1", "spread", "blocked")
    assert event == made


def test_entering_raises_what_only_a_person_can_put_right(tmp_path: Path) -> None:
    candles = tmp_path / "candles.db"
    candles.write_text("date,open,high,low,close\n" * 10)

    async def bot() -> None:
        with pytest.raises(NotALog):
            async with AsyncEmitter(candles, "demo"):
                pass

    run(bot())


def test_it_reports_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"

    async def bot() -> list[str]:
        async with AsyncEmitter(f"sqlite:///{path}", "demo") as reports:
            receipts = [reports.clock() for _ in range(50)]
            assert await reports.flush(WAIT_S)
            return [receipt.id for receipt in receipts]

    made = run(bot())
    log = SqliteLog(path, read_only=True)
    assert ids_of(log) == made
    log.close()
