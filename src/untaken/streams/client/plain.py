"""Values as bots have them, from numpy, pandas, decimal and enumerations, as the plain values of events."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

PLAIN = frozenset({str, int, float, bool, datetime, type(None)})
"""Types of Python's own that need no look."""


def plain(value: Any) -> Any:
    """Return the same value as a type of Python's own; what is none of them is left to the model to refuse."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, Mapping):
        return {plain(key): plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain(member) for member in value]
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, datetime) and value == value:  # noqa: PLR0124 - a pandas Timestamp, but not its NaT
        return datetime.combine(value.date(), value.time(), value.tzinfo)
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "dtype") and hasattr(value, "tolist"):  # a number or an array of numpy's
        return value.tolist()
    return value
