"""The kinds of values that events are made of: their bounds are the edge of what the system believes."""

import math
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue
from pydantic_core import PydanticCustomError

MAX_MAP_NODES = 4_000
MAX_MAP_DEPTH = 8
MAX_MAP_TEXT = 20_000
MAX_KEY = 200
MAX_LIST = 1_000

LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
_INTEGER_BOUND = 2**63

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)]
BotName = Annotated[str, Field(min_length=1, max_length=64, pattern=LINE)]
Text = Annotated[str, Field(max_length=2000, pattern=TEXT)]

Price = Annotated[float, Field(ge=1e-15, le=1e15)]
Quantity = Annotated[float, Field(gt=0, le=1e18)]
Size = Annotated[float, Field(gt=0, le=1e12)]
Factor = Annotated[float, Field(gt=0, le=1e12)]
Leverage = Annotated[float, Field(gt=0, le=1000)]
Money = Annotated[float, Field(ge=-1e15, le=1e15)]
Confidence = Annotated[float, Field(ge=0, le=1)]
Percentage = Annotated[float, Field(ge=0, le=1e6)]
SignedPercentage = Annotated[float, Field(ge=-1e6, le=1e6)]
Progress = Annotated[float, Field(ge=0, le=100)]
Volume = Annotated[float, Field(ge=0, le=1e24)]
Seconds = Annotated[float, Field(ge=0, le=1e9)]
HoldSeconds = Annotated[float, Field(gt=0, le=3.2e8)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Ordinal = Annotated[int, Field(ge=1, le=2**31 - 1)]
Integer = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]

Direction = Literal["long", "short"]
Mode = Literal["live", "paper", "backtest"]
GuardKind = Literal["stateless", "market", "portfolio"]
Regime = Literal["trend", "range", "volatile", "other"]
Actor = Literal["bot", "operator"]
Role = Literal["entry", "exit"]
ShadowExit = Literal["take_profit", "stop_loss", "trailing", "roi", "signal", "time", "time_gap", "no_data"]


def _ascending(steps: list[list[float]]) -> list[list[float]]:
    if any(later[0] <= earlier[0] for earlier, later in pairwise(steps)):
        raise PydanticCustomError("steps_order", "its minutes must ascend from step to step")
    if any(step[0] < 0 for step in steps):
        raise PydanticCustomError("steps_minutes", "its minutes must be at least 0")
    return steps


def bounded(value: Any) -> Any:
    """Return a free JSON value unchanged if it is finite, shallow and small enough to be kept."""
    _count_nodes(value, MAX_MAP_DEPTH)
    return value


def _count_nodes(value: object, depth: int) -> int:
    if isinstance(value, dict | list):
        nodes = _count_members(value, depth)
        if nodes > MAX_MAP_NODES:
            raise PydanticCustomError("map_size", f"it must hold at most {MAX_MAP_NODES:,} values")
        return nodes
    if isinstance(value, str) and len(value) > MAX_MAP_TEXT:
        raise PydanticCustomError("map_text", f"its texts must have at most {MAX_MAP_TEXT:,} characters")
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("map_number", "its numbers must be finite")
    if isinstance(value, int) and not -_INTEGER_BOUND <= value < _INTEGER_BOUND:
        raise PydanticCustomError("map_integer", "its whole numbers must fit into 64 bits")
    return 1


def _count_members(value: dict[str, object] | list[object], depth: int) -> int:
    if depth == 0:
        raise PydanticCustomError("map_depth", f"it must be nested at most {MAX_MAP_DEPTH} deep")
    if isinstance(value, list):
        return sum(_count_nodes(member, depth - 1) for member in value)
    if any(not 0 < len(key) <= MAX_KEY for key in value):
        raise PydanticCustomError("map_key", f"its names must have 1 to {MAX_KEY} characters")
    return sum(_count_nodes(member, depth - 1) for member in value.values())


def _name_or_map(value: Any) -> Any:
    if isinstance(value, dict) or (isinstance(value, str) and 0 < len(value) <= MAX_KEY):
        return value
    raise PydanticCustomError(
        "name_or_map", f"it must be an object {{...}}, or a name of 1 to {MAX_KEY} characters in quotes"
    )


FreeMap = Annotated[dict[str, JsonValue], AfterValidator(bounded)]
"""A JSON object of anything; kept and shown, never computed with."""

NameOrMap = Annotated[str | dict[str, JsonValue], BeforeValidator(_name_or_map), AfterValidator(bounded)]
"""A bare name, or a JSON object that says more."""

Numbers = Annotated[dict[Name, Annotated[float, Field(allow_inf_nan=False)]], Field(max_length=MAX_LIST)]
"""Numbers by name."""

Counts = Annotated[dict[Name, Count], Field(max_length=MAX_LIST)]
"""Whole numbers by name."""

Names = Annotated[list[Name], Field(max_length=MAX_LIST, strict=False)]
"""Names in order."""

RoiSteps = Annotated[
    list[Annotated[list[SignedPercentage], Field(min_length=2, max_length=2, strict=False)]],
    Field(max_length=100, strict=False),
    AfterValidator(_ascending),
]
"""Pairs of minutes since entry and percent; from that minute on the trade leaves at that profit."""
