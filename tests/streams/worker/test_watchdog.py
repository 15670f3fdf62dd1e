from untaken.streams.worker.watchdog import Watchdog

STREAM = "untaken.market[0]"


def dog(stall_s: float = 10) -> Watchdog:
    return Watchdog(stall_s)


def test_a_partition_that_stands_still_while_records_wait_is_reported() -> None:
    watchdog = dog()
    looks = [watchdog.look(0, {STREAM: 5}, {STREAM: 9}, now) for now in (0.0, 9.9, 10.0)]

    assert looks[:2] == [None, None]
    assert "partition 0 has not moved for 10 s although 4 records wait" in str(looks[2])


def test_the_reason_that_a_partition_gave_is_told() -> None:
    watchdog = dog()
    watchdog.look(0, {}, {STREAM: 9}, 0.0)

    assert "(retention has removed the events)" in str(
        watchdog.look(0, {}, {STREAM: 9}, 11.0, "retention has removed the events")
    )


def test_a_partition_that_moves_is_left_alone_however_far_behind() -> None:
    watchdog = dog()

    assert [watchdog.look(0, {STREAM: now}, {STREAM: 10_000}, float(now)) for now in range(100)] == [
        None
    ] * 100


def test_an_idle_partition_is_left_alone() -> None:
    watchdog = dog()

    assert [watchdog.look(0, {STREAM: 9}, {STREAM: 9}, now) for now in (0.0, 100.0, 200.0)] == [None] * 3


def test_waiting_counts_from_when_records_came() -> None:
    watchdog = dog()
    watchdog.look(0, {STREAM: 9}, {STREAM: 9}, 0.0)
    watchdog.look(0, {STREAM: 9}, {STREAM: 9}, 95.0)

    assert watchdog.look(0, {STREAM: 9}, {STREAM: 10}, 100.0) is None
    assert watchdog.look(0, {STREAM: 9}, {STREAM: 10}, 105.0) is not None


def test_a_partition_that_comes_back_is_judged_anew() -> None:
    watchdog = dog()
    watchdog.look(0, {STREAM: 5}, {STREAM: 9}, 0.0)
    watchdog.only([1])

    assert watchdog.look(0, {STREAM: 5}, {STREAM: 9}, 50.0) is None


def test_without_a_limit_nothing_is_reported() -> None:
    watchdog = dog(0)
    watchdog.look(0, {STREAM: 5}, {STREAM: 9}, 0.0)

    assert watchdog.look(0, {STREAM: 5}, {STREAM: 9}, 1e9) is None
