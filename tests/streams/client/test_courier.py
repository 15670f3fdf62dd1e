"""The trading loop never waits for the log, unless it asked to."""

from collections.abc import Sequence
from threading import Event, Thread

import pytest

from tests.streams.client.builders import WAIT_S, emitter, ids_of
from untaken.schemas.events.market import ClockTicked
from untaken.streams.client import Buffering
from untaken.streams.logs import Entry
from untaken.streams.logs.memory import MemoryLog


class Stuck(MemoryLog):
    """A log that takes its time until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = Event()
        self.released = Event()

    def append(self, entries: Sequence[Entry]) -> list[int]:
        self.entered.set()
        assert self.released.wait(WAIT_S)
        return super().append(entries)


@pytest.fixture
def log() -> Stuck:
    return Stuck()


def test_emitting_returns_while_the_log_is_busy(log: Stuck) -> None:
    with emitter(log) as bot:
        first = bot.clock()
        assert log.entered.wait(WAIT_S)
        second = bot.clock()

        assert (first.state, second.state, second.wait(0)) == ("waiting", "waiting", None)
        assert not bot.flush(0)
        log.released.set()
        assert second.wait(WAIT_S) == 2


def test_events_beyond_the_bound_in_memory_are_dropped_counted_and_told(log: Stuck) -> None:
    overflowed: list[int] = []
    with emitter(log, buffering=Buffering(max_waiting=2), on_overflow=overflowed.append) as bot:
        first = bot.clock()
        assert log.entered.wait(WAIT_S)
        receipts = [bot.clock() for _ in range(4)]
        assert [receipt.state for receipt in receipts] == ["waiting", "waiting", "dropped", "dropped"]
        assert bot.metrics.dropped == sum(overflowed) == 2
        log.released.set()

    assert ids_of(log) == [first.id, receipts[0].id, receipts[1].id]


@pytest.mark.parametrize("more", [{"mode": "backtest"}, {"wait": True}])
def test_a_backtest_waits_for_room_instead_of_losing_events(log: Stuck, more: dict[str, object]) -> None:
    buffering = Buffering(max_waiting=2, wait_when_full=more.pop("wait", None))  # type: ignore[arg-type]
    with emitter(log, buffering=buffering, **more) as bot:
        writer = Thread(target=lambda: [bot.clock() for _ in range(50)])
        writer.start()
        assert log.entered.wait(WAIT_S)
        log.released.set()
        writer.join(WAIT_S)

    assert len(ids_of(log)) == 50
    assert bot.metrics.dropped == 0


def test_a_live_bot_may_ask_for_drops_in_a_backtest(log: Stuck) -> None:
    with emitter(log, mode="backtest", buffering=Buffering(max_waiting=1, wait_when_full=False)) as bot:
        bot.clock()
        assert log.entered.wait(WAIT_S)
        assert [bot.clock().state for _ in range(2)] == ["waiting", "dropped"]
        log.released.set()


def test_an_event_that_cannot_be_written_is_lost_alone(caplog: pytest.LogCaptureFixture) -> None:
    log = MemoryLog()
    with emitter(log) as bot:
        broken = bot.emit(ClockTicked.model_construct(id="c1", at="now", bot=object(), v=1))  # type: ignore[arg-type]
        fine = bot.clock()
        assert fine.wait(WAIT_S) == 1

    assert broken.state == "dropped"
    assert bot.metrics.dropped == 1
    assert "cannot be written as JSON" in caplog.text


def test_closing_gives_up_on_a_log_that_does_not_answer(log: Stuck, caplog: pytest.LogCaptureFixture) -> None:
    bot = emitter(log)
    bot.clock()
    assert log.entered.wait(WAIT_S)
    bot.clock()
    bot.close(timeout_s=0.01)

    assert "up to" in caplog.text
    log.released.set()


def test_an_emitter_that_is_forgotten_delivers_what_it_was_given() -> None:
    log = MemoryLog()
    bot = emitter(log)
    receipts = [bot.clock() for _ in range(10)]
    del bot

    assert [receipt.wait(WAIT_S) for receipt in receipts] == list(range(1, 11))
