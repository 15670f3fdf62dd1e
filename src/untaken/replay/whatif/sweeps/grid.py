"""Grids of scenarios: some rules stay fixed, others take every value of an axis."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import numpy as np
import orjson

from untaken.replay.whatif.scenario import SHORT, Scenario, ScenarioRefused, scenario_of

MOST_SCENARIOS = 20_000
MAPS = ("thresholds", "strategy_weights", "component_weights")
"""Rules with a value for each of several names: an axis is called thresholds.min_roi."""

THRESHOLDS = "thresholds."
LOCKED_SHARE = 0.4


@dataclass(frozen=True)
class Axis:
    """A rule, and the values that it takes, in order."""

    rule: str
    values: tuple[Any, ...]

    def document(self) -> dict[str, Any]:
        """Return the axis as it is shown."""
        return {"rule": self.rule, "values": [plain(value) for value in self.values]}


@dataclass(frozen=True)
class Grid:
    """All combinations of the values of some axes with fixed rules; the last axis changes fastest."""

    fixed: Mapping[str, Any]
    axes: tuple[Axis, ...]
    locked_share: float = LOCKED_SHARE
    """Share of the clusters at the end that nothing is chosen on."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values by axis."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def size(self) -> int:
        """Number of scenarios."""
        return prod(self.shape)

    def values(self, index: int) -> tuple[Any, ...]:
        """Return what the axes say in one scenario."""
        places = np.unravel_index(index, self.shape)
        return tuple(axis.values[place] for axis, place in zip(self.axes, places, strict=True))

    def scenario(self, index: int) -> Scenario:
        """Return one scenario."""
        return self.scenario_at(self.values(index))

    def scenario_at(self, values: Sequence[Any]) -> Scenario:
        """Return the scenario of a value for each axis; raises ScenarioRefused where they do not fit together."""
        rules = {name: dict(rule) if name in MAPS else rule for name, rule in self.fixed.items()}
        for axis, value in zip(self.axes, values, strict=True):
            name, _, key = axis.rule.partition(".")
            if key:
                rules.setdefault(name, {})[key] = value
            else:
                rules[name] = value
        return scenario_of(rules, "sweep")

    def title(self, index: int) -> str:
        """Return what distinguishes a scenario from the others of the grid.

        >>> Grid({}, (Axis("size", (1, 2)), Axis("thresholds.min_roi", (0.5,)))).title(1)
        'size=2, min_roi=0.5'
        """
        parts = zip(self.axes, self.values(index), strict=True)
        return ", ".join(
            f"{axis.rule.partition('.')[2] or axis.rule}={_said(value)}" for axis, value in parts
        )

    @cached_property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of fixed rules and axes."""
        text = orjson.dumps(
            [self.fixed, [axis.document() for axis in self.axes]], option=orjson.OPT_SORT_KEYS
        )
        return hashlib.sha256(text).hexdigest()[:16]

    @property
    def seed(self) -> int:
        """Seed of what is drawn at random: the same grid gets the same numbers."""
        return int(self.digest, 16)

    def corners(self) -> Iterator[Scenario]:
        """Yield the scenarios of the first and the last values: where these can be, all can."""
        ends = [dict.fromkeys((0, len(axis.values) - 1)) for axis in self.axes]
        for places in product(*ends):
            yield self.scenario_at([axis.values[at] for axis, at in zip(self.axes, places, strict=True)])


def grid_of(
    fixed: Mapping[str, Any],
    axes: Mapping[str, Any],
    locked_share: float = LOCKED_SHARE,
    where: str = "sweep",
) -> Grid:
    """Return the grid of fixed rules and of axes, each given as a list or as text, "0.5:0.8:0.01" or "1,2,4".

    Raises ScenarioRefused where a value cannot be, where there are too many scenarios, or none to choose from.
    """
    if not 0.2 <= locked_share <= 0.6:
        raise ScenarioRefused(
            f"{where}: locked_share was {locked_share:g}; 0.2 to 0.6 is allowed, the share of the days at the end "
            "that the winner is judged on"
        )
    known = tuple(_axis(_full(rule), values, where) for rule, values in _flat(axes))
    rules = [axis.rule for axis in known]
    twice = sorted({rule for rule in rules if rules.count(rule) > 1})
    if twice:
        raise ScenarioRefused(f"{where}: {twice[0]} has two axes; give it one with all its values")
    grid = Grid(dict(fixed), known, locked_share)
    if grid.size > MOST_SCENARIOS:
        raise ScenarioRefused(
            f"{where}: {' x '.join(map(str, grid.shape))} are {grid.size:,} scenarios; at most {MOST_SCENARIOS:,} "
            "are computed, and of so many hardly any could be told from luck: take wider steps or fewer axes"
        )
    for scenario in grid.corners():
        scenario.rules()
    for axis in known:
        for value in axis.values:
            grid.scenario_at([value if one is axis else one.values[0] for one in known])
    return grid


def spread(text: str, where: str) -> tuple[float, ...]:
    """Return the numbers of "first:last:step" (last included, if it is reached) or "1,2,4".

    >>> spread("0.5:0.8:0.1", "--size"), spread("3,1", "--size")
    ((0.5, 0.6, 0.7, 0.8), (3.0, 1.0))
    """
    try:
        parts = [Decimal(part) for part in text.split(":" if ":" in text else ",")]
        found = _steps(parts, where) if ":" in text else parts
    except ArithmeticError:
        found = []
    if not found or not all(number.is_finite() for number in found):
        raise ScenarioRefused(
            f"{where} was {text!r}; FIRST:LAST:STEP such as 0.5:0.8:0.01 (rising) or a list such as 1,2,4 is allowed"
        )
    return tuple(float(number) for number in found)


def _steps(parts: Sequence[Decimal], where: str) -> list[Decimal]:
    """Return the numbers from the first to the last; none where it is no rising range."""
    if len(parts) != 3 or not all(part.is_finite() for part in parts):
        return []
    first, last, step = parts
    if step <= 0 or last < first:
        return []
    if (values := int((last - first) / step) + 1) > MOST_SCENARIOS:
        raise ScenarioRefused(
            f"{where} are {values:,} values; at most {MOST_SCENARIOS:,} scenarios are computed"
        )
    return [first + place * step for place in range(values)]


def plain(value: Any) -> Any:
    """Return a value of an axis as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def is_spread(text: str) -> bool:
    """Whether a text stands for several numbers."""
    return ":" in text or "," in text


def _flat(axes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for rule, values in axes.items():
        if isinstance(values, Mapping):
            yield from ((f"{rule}.{name}", each) for name, each in values.items())
        else:
            yield rule, values


def _full(rule: str) -> str:
    return f"{THRESHOLDS}{SHORT[rule]}" if rule in SHORT else rule


def _axis(rule: str, values: Any, where: str) -> Axis:
    named = f"{where}, {rule}"
    if isinstance(values, str):
        values = spread(values, named)
    if rule.startswith("base_"):
        raise ScenarioRefused(
            f"{named}: all scenarios of a sweep are compared with one base; give it one value"
        )
    if rule == "name" or not isinstance(values, list | tuple) or len(values) < 1:
        raise ScenarioRefused(f'{named}: it was {values!r}; a list of values or "FIRST:LAST:STEP" is allowed')
    if rule == "guards_off":
        values = [tuple(each) if isinstance(each, list | tuple) else (each,) for each in values]
    elif any(isinstance(each, bool) or not isinstance(each, int | float) for each in values):
        raise ScenarioRefused(f"{named}: it was {list(values)!r}; numbers are allowed")
    else:
        values = sorted(int(v) if _counts(rule) and float(v).is_integer() else float(v) for v in values)
    return Axis(rule, tuple(dict.fromkeys(values)))


def _counts(rule: str) -> bool:
    return rule.removeprefix("base_") in {"max_positions", "max_per_symbol"}


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return "+".join(value) or "none"
    return f"{value:g}"
