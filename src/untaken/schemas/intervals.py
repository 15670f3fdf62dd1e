"""Bar intervals: `1s`, `5m`, `1h`, `1d`, `1w`, `1M`."""

import re
from typing import Annotated

from pydantic import Field

from untaken.errors import Refused

PATTERN = r"^[1-9][0-9]{0,4}[smhdwM]$"

_SECOND = 1_000_000
_UNIT_US = {
    "s": _SECOND,
    "m": 60 * _SECOND,
    "h": 3_600 * _SECOND,
    "d": 86_400 * _SECOND,
    "w": 7 * 86_400 * _SECOND,
    "M": 30 * 86_400 * _SECOND,
}

Interval = Annotated[str, Field(pattern=PATTERN)]
"""Number and unit: s, m, h, d, w or M."""


def interval_us(text: str) -> int:
    """Return the length of an interval in microseconds; a month counts as 30 days.

    Raises `Refused` where the text is not an interval.
    """
    if re.fullmatch(PATTERN.strip("^$"), text) is None:
        raise Refused(
            "invalid",
            f"interval {text[:40]!r} is not known: write a number and s, m, h, d, w or M, for example 5m or 1h",
        )
    return int(text[:-1]) * _UNIT_US[text[-1]]
