"""Whatever segments an archive was written in, and whatever batches it is read in, each record comes once."""

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.streams.logs.archive.building import Row, copy_of, places, row

STREAMS = ("a[0]", "a[1]", "b[0]")
STEPS = st.tuples(st.sampled_from(STREAMS), st.integers(1, 3), st.integers(-50, 50), st.booleans())
"""Stream, how much further its offset lies, time of arrival, whether a segment ends here."""


def segments_of(steps: list[tuple[str, int, int, bool]]) -> list[list[Row]]:
    ends = dict.fromkeys(STREAMS, 0)
    segments: list[list[Row]] = [[]]
    for stream, gap, after_us, ends_here in steps:
        ends[stream] += gap
        segments[-1].append(row(ends[stream], stream=stream, after_us=after_us))
        if ends_here:
            segments.append([])
    return [segment for segment in segments if segment]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(STEPS, max_size=15),
    st.integers(1, 20),
    st.dictionaries(st.sampled_from(STREAMS), st.integers(0, 30)),
)
def test_reading_from_any_position_gives_each_record_beyond_it_once(
    steps: list[tuple[str, int, int, bool]], limit: int, after: dict[str, int]
) -> None:
    segments = segments_of(steps)
    with TemporaryDirectory() as folder:
        log = copy_of(Path(folder) / "archive", *segments)
        found = places(log, limit)
        rest = log.read(after, 1_000).frame.select("stream", "offset").rows()

    wanted = [(each["stream"], each["offset"]) for segment in segments for each in segment]
    assert sorted(found) == sorted(wanted)
    assert rest == [(stream, offset) for stream, offset in found if offset >= after.get(stream, 0)]
    for stream in STREAMS:
        own = [offset for name, offset in found if name == stream]
        assert all(earlier < later for earlier, later in pairwise(own))
