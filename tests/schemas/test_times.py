"""Event times."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from untaken.schemas.times import from_us, instant, rfc3339, to_us


@given(moment=st.datetimes(datetime(1990, 1, 1), datetime(2199, 12, 31), timezones=st.timezones()))  # noqa: DTZ001
def test_a_written_time_is_read_as_the_same_moment(moment: datetime) -> None:
    assert instant(rfc3339(moment)) == moment.astimezone(UTC)
    assert from_us(to_us(moment)) == moment.astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2024-03-04T10:00:00Z", 0),
        ("2024-03-04 10:00:00Z", 0),
        ("2024-03-04T10:00:00.5Z", 500_000),
        ("2024-03-04T10:00:00.123456789Z", 123_456),
        ("2024-03-04T11:30:00.000001+01:30", 1),
        ("2024-03-04T10:00:00-00:00", 0),
    ],
)
def test_times_are_read_in_the_ways_of_rfc_3339(text: str, microsecond: int) -> None:
    assert instant(text) == datetime(2024, 3, 4, 10, 0, 0, microsecond, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "", "2024-03-04", "2024-03-04T10:00Z", "20240304T100000Z", "2024-W10-1T10:00:00Z", "2024-03-04T10:00:00,5Z",
        "2024-03-04T24:00:00Z", "2024-03-04T10:00:60Z", "2023-02-29T10:00:00Z", "2024-03-04T10:00:00+25:00",
        "２024-03-04T10:00:00Z", "2024-03-04T10:00:00Z\n", "1709546400", 1709546400, 1.5, None, True, b"x",
        "2024-03-04T10:00:00", datetime(2024, 3, 4, 10),  # noqa: DTZ001
        datetime(1989, 12, 31, 23, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=2))),
    ],
)  # fmt: skip
def test_other_times_are_refused(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        instant(value)
