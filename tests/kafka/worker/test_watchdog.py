"""The watchdog tells a partition that stands still from one that has nothing to do or waits for its turn."""

from untaken.streams.worker.watchdog import Watchdog

END = {"market[0]": 100}


def looks(*positions: int, waits: bool = False) -> list[bool]:
    """Say at each look, a minute after the other, whether it complains; it has patience for two."""
    watchdog = Watchdog(stall_s=120.0)
    return [
        watchdog.look(0, {"market[0]": position}, END, 60.0 * minute, waits=waits) is not None
        for minute, position in enumerate(positions)
    ]


def test_standing_still_with_records_waiting_is_said() -> None:
    assert looks(10, 10, 10) == [False, False, True]


def test_moving_is_not_standing_still() -> None:
    assert not any(looks(10, 10, 11, 11, 12))


def test_at_the_end_there_is_nothing_to_move_for() -> None:
    assert not any(looks(100, 100, 100, 100))


def test_waiting_for_the_turn_of_others_is_not_standing_still() -> None:
    assert not any(looks(10, 10, 10, 10, waits=True))
