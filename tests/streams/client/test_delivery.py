"""Delivery in order, over memory and spool, while the log comes and goes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.streams.client.builders import Moody, ids_of
from tests.streams.logs.builders import signal, signals
from untaken.streams.client.delivery.carrier import (
    FIRST_RETRY_S,
    LAST_RETRY_S,
    SEGMENTS_AT_ONCE,
    Delivery,
    Parcel,
)
from untaken.streams.client.delivery.spool import Spool
from untaken.streams.client.receipts import News, Receipt
from untaken.streams.logs import Entry, Log, LogMissing
from untaken.streams.logs.kafka.errors import EventTooLarge


@dataclass
class Desk:
    """A delivery with a log that can be down and a clock that stands still until it is moved."""

    directory: Path
    spool_bytes: int = 1 << 30
    hold: int = 1_000
    owner: str = "one"
    log: Moody = field(default_factory=Moody)
    now_s: float = 0.0
    overflowed: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spool = Spool(self.directory, self.owner, self.spool_bytes)
        self.delivery = Delivery(self.open, self.spool, lambda: self.now_s, self.hold, self.overflowed.append)
        self.news = News(lambda: None)
        self.missing = False

    def open(self) -> Log:
        if self.missing:
            raise LogMissing(Path("bot.db"), "there is no directory")
        return self.log

    def carry(self, entries: Sequence[Entry], *, at_once: bool = False) -> list[Receipt]:
        parcels = [Parcel(entry, Receipt(str(number), self.news)) for number, entry in enumerate(entries)]
        self.delivery.carry(parcels, at_once=at_once)
        return [parcel.receipt for parcel in parcels if isinstance(parcel.receipt, Receipt)]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "bot.db.spool"


@pytest.fixture
def desks() -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(directory: Path, **more: int | str | Moody) -> Desk:
        made.append(Desk(directory, **more))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for desk in made:
        desk.spool.abandon()


@pytest.fixture
def desk(directory: Path, desks: Callable[..., Desk]) -> Desk:
    return desks(directory)


def states(receipts: Sequence[Receipt]) -> list[str]:
    return [receipt.state for receipt in receipts]


def test_events_go_straight_to_a_log_that_is_up(desk: Desk, directory: Path) -> None:
    receipts = desk.carry(signals(3))

    assert [receipt.offset for receipt in receipts] == [1, 2, 3]
    assert states(receipts) == ["delivered"] * 3
    assert desk.delivery.tally.delivered == 3
    assert not directory.exists()


def test_while_the_log_is_down_events_are_spooled_and_then_come_first(desk: Desk, directory: Path) -> None:
    desk.log.down = True
    first = desk.carry(signals(2))
    second = desk.carry([signal(3)])
    assert states(first + second) == ["spooled"] * 3
    assert [receipt.done for receipt in first] == [False, False]
    assert "locked" in desk.delivery.tally.problem

    desk.log.down = False
    third = desk.carry([signal(4)], at_once=True)
    assert ids_of(desk.log) == ["signal-1", "signal-2", "signal-3", "signal-4"]
    assert [receipt.offset for receipt in first + second + third] == [1, 2, 3, 4]
    assert desk.delivery.tally.problem == ""
    assert list(directory.iterdir()) == []


def test_a_log_that_cannot_be_opened_is_a_log_that_is_down(desk: Desk) -> None:
    desk.missing = True
    receipts = desk.carry([signal(1)])
    assert states(receipts) == ["spooled"]

    desk.missing = False
    desk.carry([], at_once=True)
    assert states(receipts) == ["delivered"]


def test_a_log_that_is_down_is_tried_again_after_ever_longer_pauses(desk: Desk) -> None:
    desk.log.down = True
    pauses: list[float] = []
    desk.carry([signal(0)])
    for _ in range(12):
        attempts = desk.log.attempts
        pauses.append(desk.delivery.retry_in_s)
        desk.now_s += pauses[-1] / 2
        desk.carry([signal(1)])
        assert desk.log.attempts == attempts
        desk.now_s += pauses[-1]
        desk.carry([])
        assert desk.log.attempts == attempts + 1

    assert pauses[:3] == [FIRST_RETRY_S, 2 * FIRST_RETRY_S, 4 * FIRST_RETRY_S]
    assert pauses[-1] == LAST_RETRY_S
    desk.log.down = False
    desk.carry([], at_once=True)
    desk.log.down = True
    desk.carry([signal(2)])
    assert desk.delivery.retry_in_s == FIRST_RETRY_S


def test_somebody_in_a_hurry_does_not_wait_for_the_next_retry(desk: Desk) -> None:
    desk.log.down = True
    desk.carry([signal(1)])
    attempts = desk.log.attempts
    desk.carry([], at_once=True)

    assert desk.log.attempts == attempts + 1


def test_an_outage_in_the_middle_of_the_spool_neither_loses_nor_reorders(desk: Desk) -> None:
    desk.log.down = True
    for number in range(1, 5):
        desk.carry([signal(number)])
        list(desk.spool.segments())  # ends the segment
    desk.log.down = False
    append, desk.log.append = desk.log.append, lambda entries: _breaking(desk, append, entries)  # type: ignore[method-assign]
    desk.carry([signal(5)], at_once=True)
    assert ids_of(desk.log) == ["signal-1", "signal-2"]

    desk.log.append = append  # type: ignore[method-assign]
    desk.log.down = False
    desk.carry([signal(6)], at_once=True)
    assert ids_of(desk.log) == [f"signal-{number}" for number in range(1, 7)]


def _breaking(desk: Desk, append: object, entries: Sequence[Entry]) -> list[int]:
    assert callable(append)
    offsets: list[int] = append(entries)
    desk.log.down = len(ids_of(desk.log)) >= 2
    return offsets


def test_a_full_spool_drops_the_newest_and_tells_how_many(
    desks: Callable[..., Desk], directory: Path
) -> None:
    room = sum(len(entry.value) + 1 for entry in signals(3))
    desk = desks(directory, spool_bytes=room)
    desk.log.down = True
    kept = desk.carry(signals(2))
    over = desk.carry([signal(3), signal(4), signal(5)])

    assert states(kept + over) == ["spooled", "spooled", "spooled", "dropped", "dropped"]
    assert over[-1].wait(0) is None
    assert desk.overflowed == [2]
    assert desk.delivery.tally.dropped == 2
    desk.log.down = False
    desk.carry([], at_once=True)
    assert ids_of(desk.log) == ["signal-1", "signal-2", "signal-3"]


def test_without_a_log_and_a_spool_events_wait_in_memory_up_to_a_bound(
    desks: Callable[..., Desk], tmp_path: Path
) -> None:
    desk = desks(tmp_path / "missing" / "bot.db.spool", hold=3)
    desk.log.down = True
    receipts = desk.carry(signals(2)) + desk.carry([signal(3), signal(4)])

    assert states(receipts) == ["waiting", "waiting", "waiting", "dropped"]
    assert desk.overflowed == [1]
    assert "spool" in desk.delivery.tally.problem
    desk.log.down = False
    desk.carry([signal(5)], at_once=True)
    assert ids_of(desk.log) == ["signal-1", "signal-2", "signal-3", "signal-5"]


def test_a_spool_that_comes_back_takes_what_waited_in_memory(
    desks: Callable[..., Desk], tmp_path: Path
) -> None:
    desk = desks(tmp_path / "missing" / "bot.db.spool")
    desk.log.down = True
    receipts = desk.carry(signals(2))
    (tmp_path / "missing").mkdir()
    receipts += desk.carry([signal(3)])

    assert states(receipts) == ["spooled"] * 3


def test_a_callback_that_raises_disturbs_nobody(
    desks: Callable[..., Desk], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = desks(tmp_path / "bot.db.spool", spool_bytes=0)
    desk.delivery.on_overflow = _raising
    desk.log.down = True

    assert states(desk.carry(signals(1))) == ["dropped"]
    assert "on_overflow raised" in caplog.text


def _raising(_: int) -> None:
    raise ZeroDivisionError


def test_the_next_process_delivers_what_the_last_one_left(
    desks: Callable[..., Desk], directory: Path
) -> None:
    last = desks(directory, owner="a-last")
    last.log.down = True
    last.carry(signals(3))
    last.delivery.end()

    following = desks(directory, owner="b-next")
    following.delivery.adopt()
    following.carry([signal(4)])
    following.delivery.end()
    assert ids_of(following.log) == ["signal-1", "signal-2", "signal-3", "signal-4"]
    assert following.delivery.tally.delivered == 4
    assert not directory.exists()


def test_lines_of_the_spool_that_are_no_events_are_kept_aside_and_told(
    desks: Callable[..., Desk], directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory.mkdir()
    (directory / "old.000001.jsonl").write_bytes(signal(1).value + b"\nscratched\n" + signal(2).value + b"\n")
    desk = desks(directory)
    desk.delivery.adopt()
    desk.carry([signal(3)])

    assert ids_of(desk.log) == ["signal-1", "signal-2", "signal-3"]
    assert (directory / "unreadable").read_bytes() == b"scratched\n"
    assert "1 lines" in caplog.text


def test_an_outage_is_told_once_and_its_end_too(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.log.down = True
    for number in range(5):
        desk.carry([signal(number)], at_once=True)
    desk.log.down = False
    desk.carry([], at_once=True)

    assert caplog.text.count("the log cannot be written, events are kept in") == 1
    assert caplog.text.count("can be written again") == 1


def test_what_neither_log_nor_spool_takes_at_the_end_is_counted_as_lost(
    desks: Callable[..., Desk], tmp_path: Path
) -> None:
    desk = desks(tmp_path / "missing" / "bot.db.spool")
    desk.log.down = True
    receipts = desk.carry(signals(2))
    desk.delivery.end()

    assert states(receipts) == ["dropped", "dropped"]
    assert desk.overflowed == [2]


def spooled_apart(desk: Desk, count: int) -> list[Receipt]:
    """Spool events, each in a segment of its own."""
    desk.log.down = True
    receipts = []
    for number in range(count):
        receipts += desk.carry([signal(number)])
        list(desk.spool.segments())  # ends the segment
    desk.log.down = False
    return receipts


def test_while_a_long_spool_is_delivered_what_comes_is_put_behind_it(desk: Desk) -> None:
    spooled = spooled_apart(desk, SEGMENTS_AT_ONCE + 2)
    (late,) = desk.carry([signal(99)], at_once=True)
    assert states(spooled) == ["delivered"] * SEGMENTS_AT_ONCE + ["spooled"] * 2
    assert late.state == "spooled"
    assert desk.delivery.tally.problem

    desk.carry([])
    assert states([*spooled, late]) == ["delivered"] * (SEGMENTS_AT_ONCE + 3)
    assert ids_of(desk.log)[-1] == "signal-99"
    assert (desk.delivery.tally.problem, desk.delivery.behind_s) == ("", 0.0)


def test_how_long_events_have_been_kept_back_is_told(desk: Desk) -> None:
    desk.log.down = True
    desk.carry([signal(1)])
    desk.now_s += 40.0
    desk.carry([signal(2)])
    desk.now_s += 2.0
    assert desk.delivery.behind_s == 42.0

    desk.log.down = False
    desk.carry([], at_once=True)
    assert desk.delivery.behind_s == 0.0


class Narrow(Moody):
    """A log that takes no event of more than a hundred bytes."""

    def append(self, entries: Sequence[Entry]) -> list[int]:
        if any(len(entry.value) > 100 for entry in entries):
            raise EventTooLarge("untaken.signals", 101)
        return super().append(entries)


@pytest.mark.parametrize("spooled", [False, True])
def test_an_event_too_large_for_the_log_is_kept_aside_and_stops_no_other(
    desks: Callable[..., Desk], directory: Path, caplog: pytest.LogCaptureFixture, *, spooled: bool
) -> None:
    desk = desks(directory, log=Narrow())
    desk.log.down = desk.missing = spooled
    large = signal(3, note="x" * 100)
    receipts = desk.carry([*signals(2), large, signal(4), signal(5)])
    desk.log.down = desk.missing = False
    desk.carry([], at_once=True)

    assert ids_of(desk.log) == ["signal-1", "signal-2", "signal-4", "signal-5"]
    assert states(receipts) == ["delivered", "delivered", "dropped", "delivered", "delivered"]
    assert [receipt.offset for receipt in receipts] == [1, 2, None, 3, 4]
    assert (directory / "too-large").read_bytes() == large.value + b"\n"
    assert desk.overflowed == [1]
    assert (desk.delivery.tally.delivered, desk.delivery.tally.problem) == (4, "")
    assert "larger than the topic untaken.signals accepts" in caplog.text


def test_a_line_of_the_spool_whose_type_nobody_knows_stops_no_other(
    desks: Callable[..., Desk], directory: Path
) -> None:
    directory.mkdir()
    strange = b'{"type":"signal.emited","id":"s1"}\n'
    (directory / "old.000001.jsonl").write_bytes(strange + signal(2).value + b"\n")
    desk = desks(directory)
    desk.delivery.adopt()
    desk.carry([])

    assert ids_of(desk.log) == ["signal-2"]
    assert (directory / "unreadable").read_bytes() == strange
