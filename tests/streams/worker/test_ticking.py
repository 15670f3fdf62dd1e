from untaken.schemas import codec
from untaken.streams.worker.ticking import LIVE_WITHIN_US, Ticker, tick_at

NOW = 1_709_546_400_000_000
SECOND = 1_000_000


def ticker(tick_s: float = 60) -> Ticker:
    return Ticker(tick_s)


def test_the_clock_is_told_where_event_time_stands_still() -> None:
    assert ticker().due([NOW - SECOND, NOW - 61 * SECOND], NOW, everywhere=True)


def test_the_clock_is_not_told_while_events_come() -> None:
    assert not ticker().due([NOW - SECOND, NOW - 59 * SECOND], NOW, everywhere=True)


def test_partitions_of_others_are_told_in_any_case() -> None:
    assert ticker().due([NOW - SECOND], NOW, everywhere=False)


def test_a_log_of_the_past_is_never_told_the_time() -> None:
    assert not ticker().due([NOW - LIVE_WITHIN_US - 1], NOW, everywhere=False)
    assert not ticker().due([None], NOW, everywhere=True)


def test_a_partition_without_events_does_not_count() -> None:
    assert not ticker().due([NOW - SECOND, None], NOW, everywhere=True)


def test_the_clock_is_told_once_at_a_time() -> None:
    told = ticker()
    told.tick(NOW)

    assert not told.due([NOW - 61 * SECOND], NOW + 59 * SECOND, everywhere=True)
    assert told.due([NOW - 61 * SECOND], NOW + 60 * SECOND, everywhere=True)


def test_ticking_can_be_switched_off() -> None:
    assert not ticker(0).due([NOW - 61 * SECOND], NOW, everywhere=True)


def test_a_tick_is_a_valid_event_of_its_moment() -> None:
    entry = tick_at(NOW)
    event = codec.decode(entry.value)

    assert (event.type, entry.symbol, event.at.isoformat()) == (
        "clock.ticked",
        None,
        "2024-03-04T10:00:00+00:00",
    )
    assert entry == tick_at(NOW)
