"""Bar intervals."""

import pytest

from untaken.errors import Refused
from untaken.schemas.intervals import interval_us


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1), ("1m", 60), ("5m", 300), ("1h", 3_600), ("1d", 86_400), ("1w", 604_800), ("1M", 2_592_000)],
)
def test_an_interval_has_a_length_in_microseconds(text: str, seconds: int) -> None:
    assert interval_us(text) == seconds * 1_000_000


@pytest.mark.parametrize(
    "text", ["", "m", "0m", "05m", "5", "5min", "-5m", "1.5h", "5 m", "1y", "5m\n", "５m", "123456m"]
)
def test_another_text_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(Refused, match="write a number and s, m, h, d, w or M, for example 5m or 1h"):
        interval_us(text)
