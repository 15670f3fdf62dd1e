"""Scenarios: the rules that are changed, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from untaken.errors import UntakenError
from untaken.schemas.kinds import HoldSeconds, Name, Size
from untaken.schemas.settings import Bps, Percent

Weight = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]
Limit = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
Slots = Annotated[int, Field(ge=1, le=1_000_000)]
Capital = Annotated[float, Field(gt=0, le=1e15, allow_inf_nan=False)]

SHORT = {"min_confidence": "confidence_threshold", "min_roi": "min_roi"}
"""Reason codes that have a name of their own, as they are asked for most."""

TERMS = (
    "take_profit_pct",
    "stop_loss_pct",
    "trailing_stop_pct",
    "max_hold_s",
    "fee_bps",
    "slippage_bps",
    "size",
)
"""Rules that change on which terms a signal is simulated."""

LIMITS = ("max_positions", "max_per_symbol", "capital")


class ScenarioRefused(UntakenError):
    """A rule that does not exist or cannot be; nothing was computed."""


class Scenario(BaseModel):
    """Rules that differ from those of the log; what is not named stays as it was.

    Percentages in percent, 0 for none; `size` in the currency of the quote; `capital` in account currency.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name | None = None
    guards_off: tuple[Name, ...] = ()
    """Guards that block nobody."""
    thresholds: dict[Name, Limit] = Field(default_factory=dict)
    """New threshold by reason code, or by guard."""
    take_profit_pct: Percent | None = None
    stop_loss_pct: Percent | None = None
    trailing_stop_pct: Percent | None = None
    max_hold_s: HoldSeconds | None = None
    fee_bps: Bps | None = None
    slippage_bps: Bps | None = None
    size: Size | None = None
    strategy_weights: dict[Name, Weight] = Field(default_factory=dict)
    """Factor on the size of a strategy's signals; 0 takes none of them, 1 holds for those not named."""
    component_weights: dict[Name, Weight] = Field(default_factory=dict)
    """Factor by component; a signal's is their mean, weighted by the size of its components' scores."""
    max_positions: Slots | None = None
    max_per_symbol: Slots | None = None
    capital: Capital | None = None
    base_max_positions: Slots | None = None
    """Limit of the base that the scenario is compared with, where it is another one."""
    base_max_per_symbol: Slots | None = None
    base_capital: Capital | None = None

    @model_validator(mode="before")
    @classmethod
    def _named_thresholds(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or not values.keys() & SHORT.keys():
            return values
        given = dict(values)
        thresholds = dict(given.pop("thresholds", {}))
        for name, code in SHORT.items():
            if (value := given.pop(name, None)) is not None:
                if code in thresholds:
                    raise PydanticCustomError(
                        "twice", "must be named once: {code} is given twice", {"code": code}
                    )
                thresholds[code] = value
        return {**given, "thresholds": thresholds}

    @field_validator("guards_off")
    @classmethod
    def _once_and_sorted(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(set(names)))

    @model_validator(mode="after")
    def _without_contradiction(self) -> Scenario:
        both = sorted(set(self.guards_off) & set(self.thresholds))
        if both:
            raise PydanticCustomError(
                "contradiction", "must be either off or have a threshold: {guard}", {"guard": both[0]}
            )
        if self.has_base_limits and not self.has_limits:
            raise PydanticCustomError(
                "no_limits", "must limit the scenario too: name max_positions, max_per_symbol or capital"
            )
        return self

    @property
    def has_base_limits(self) -> bool:
        """Whether the base is given limits of its own."""
        return any(getattr(self, f"base_{name}") is not None for name in LIMITS)

    def rules(self) -> dict[str, Any]:
        """Return what is changed, by name; empty where nothing is."""
        values = self.model_dump(mode="json", exclude={"name"})
        return {name: value for name, value in values.items() if value not in (None, [], {})}

    @property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the canonical rules; the name does not matter."""
        text = orjson.dumps(self.rules(), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(text).hexdigest()[:16]

    @property
    def title(self) -> str:
        """Its name, else its rules in a few words: no_spread, confidence_threshold=0.4.

        >>> Scenario(guards_off=("vol", "conf"), thresholds={"min_roi": 0.4}).title
        'no_conf+no_vol+min_roi=0.4'
        """
        if self.name is not None:
            return self.name
        rules = self.rules()
        parts = [f"no_{guard}" for guard in rules.pop("guards_off", ())]
        for name, value in rules.items():
            values = value.items() if isinstance(value, dict) else [(name, value)]
            parts += [f"{key}={number:g}" for key, number in values]
        return "+".join(parts) or "no change"

    @property
    def changes_terms(self) -> bool:
        """Whether shadow trades have to be executed anew."""
        terms = any(getattr(self, name) is not None for name in TERMS)
        strategies = any(weight not in (0, 1) for weight in self.strategy_weights.values())
        return terms or strategies or any(weight != 1 for weight in self.component_weights.values())

    @property
    def has_limits(self) -> bool:
        """Whether positions or capital are limited, so that a simulation in order of time is asked for."""
        return any(getattr(self, name) is not None for name in LIMITS)

    @property
    def changes_only_limits(self) -> bool:
        """Whether nothing but positions and capital is changed."""
        return self.rules().keys() <= {*LIMITS, *(f"base_{name}" for name in LIMITS)}


NO_CHANGE = Scenario()


def scenario_of(values: Mapping[str, Any], where: str = "scenario") -> Scenario:
    """Return the scenario of these rules; raises ScenarioRefused with one sentence on the first that cannot be."""
    try:
        return Scenario.model_validate(dict(values))
    except ValidationError as error:
        raise ScenarioRefused(_sentence(error, where)) from None


def _sentence(error: ValidationError, where: str) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = sorted({*Scenario.model_fields, *SHORT})
        return f"{where}: {name!r} is no rule of a scenario; known are {', '.join(known)}"
    allowed = first["msg"].removeprefix("Value error, ").replace("Input should", "it must")
    found = f"{name} was {first['input']!r}" if name else "the rules do not fit together"
    return f"{where}: {found}; {allowed[:1].lower()}{allowed[1:]}; nothing was computed"
