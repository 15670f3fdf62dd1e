"""Streams advance together in event time, whatever arrives of them in one go."""

from collections.abc import Sequence

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from untaken.streams.logs.kafka.pacing import Lane, show

LATER = 1_000_000


def lane(rank: int, times: Sequence[int | None], *, appended: Sequence[int] | None = None) -> Lane:
    made = Lane(rank, 0, 0)
    put(made, times, appended=appended)
    return made


def put(made: Lane, times: Sequence[int | None], *, appended: Sequence[int] | None = None) -> None:
    first = made.fetched
    frame = pl.DataFrame(
        {
            "stream": [f"s{made.rank}"] * len(times),
            "offset": range(first, first + len(times)),
            "appended_at": appended or [LATER] * len(times),
        },
        schema={"stream": pl.String, "offset": pl.Int64, "appended_at": pl.Int64},
    )
    made.put(frame, pl.Series("at", times, dtype=pl.Int64), first + len(times))


def shown(lanes: Sequence[Lane], more: Sequence[Lane] = (), limit: int = 100) -> list[tuple[str, int]]:
    frame = show(lanes, more, limit)
    return [] if frame is None else frame.select("stream", "offset").rows()


def test_two_streams_read_to_their_ends_are_merged_by_time() -> None:
    assert shown([lane(0, [1, 5]), lane(1, [2, 6])]) == [("s0", 0), ("s1", 0), ("s0", 1), ("s1", 1)]


def test_what_lies_beyond_the_known_part_of_another_stream_waits() -> None:
    ahead, behind = lane(0, [1, 50, 60]), lane(1, [2, 3])

    assert shown([ahead, behind], more=[behind]) == [("s0", 0), ("s1", 0), ("s1", 1)]
    assert ahead.shown == 1
    put(behind, [55])
    assert shown([ahead, behind], more=[]) == [("s0", 1), ("s1", 2), ("s0", 2)]


def test_an_idle_stream_holds_nobody_back() -> None:
    busy, idle = lane(0, [1, 50]), lane(1, [])

    assert shown([busy, idle], more=[busy]) == [("s0", 0), ("s0", 1)]


def test_a_late_event_keeps_its_place_in_its_stream() -> None:
    assert shown([lane(0, [10, 2, 11]), lane(1, [9])]) == [("s1", 0), ("s0", 0), ("s0", 1), ("s0", 2)]


def test_a_clock_that_runs_ahead_counts_as_the_moment_of_arrival() -> None:
    wrong = lane(0, [99_000, 4], appended=[3, 4])

    assert shown([wrong, lane(1, [5], appended=[6])]) == [("s0", 0), ("s0", 1), ("s1", 0)]


def test_an_event_without_a_time_counts_as_of_its_arrival() -> None:
    assert shown([lane(0, [None], appended=[7]), lane(1, [6, 8])]) == [("s1", 0), ("s0", 0), ("s1", 1)]


def test_a_limit_cuts_between_streams_and_the_rest_follows() -> None:
    lanes = [lane(0, [1, 3, 5]), lane(1, [2, 4, 6])]

    assert shown(lanes, limit=4) == [("s0", 0), ("s1", 0), ("s0", 1), ("s1", 1)]
    assert [one.shown for one in lanes] == [2, 2]
    assert shown(lanes, limit=4) == [("s0", 2), ("s1", 2)]
    assert [one.is_empty for one in lanes] == [True, True]


@given(
    times=st.lists(st.lists(st.integers(0, 50), max_size=20), min_size=1, max_size=4),
    limits=st.lists(st.integers(1, 7), min_size=1, max_size=5),
    portion=st.integers(1, 5),
)
def test_every_record_is_shown_once_in_the_order_of_its_stream(
    times: list[list[int]], limits: list[int], portion: int
) -> None:
    lanes = [lane(rank, []) for rank in range(len(times))]
    found: list[tuple[str, int]] = []
    rounds = 0
    while any(one.fetched < len(times[one.rank]) or not one.is_empty for one in lanes):
        for one in lanes:
            if one.is_empty and one.fetched < len(times[one.rank]):
                put(one, times[one.rank][one.fetched : one.fetched + portion])
        more = [one for one in lanes if one.fetched < len(times[one.rank])]
        part = shown(lanes, more, limits[rounds % len(limits)])
        assert part
        found += part
        rounds += 1

    assert sorted(found) == [
        (f"s{rank}", offset) for rank, of in enumerate(times) for offset in range(len(of))
    ]
    for rank in range(len(times)):
        own = [offset for stream, offset in found if stream == f"s{rank}"]
        assert own == sorted(own)
