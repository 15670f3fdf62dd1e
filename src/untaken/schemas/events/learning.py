"""Conclusions of the learning cycles, kept as they were drawn."""

from typing import Annotated, Literal

from pydantic import Field

from untaken.schemas.base import Event, Part
from untaken.schemas.kinds import MAX_LIST, FreeMap, Name, NameOrMap, Names, Ordinal, Price
from untaken.schemas.times import Instant

Number = Annotated[float, Field(allow_inf_nan=False)]
Multiplier = Annotated[float, Field(ge=0.5, le=1.5)]


class Window(Part):
    """A span of event time, beginning included, end not."""

    since: Instant = Field(description="Beginning; UTC.")
    until: Instant = Field(description="End; UTC.")


class CycleCompleted(Event):
    """A learning cycle has run; it carries every figure that it used."""

    type: Literal["cycle.completed"] = Field(default="cycle.completed", description="Event type.")
    cycle_id: Name = Field(description="Id of the cycle.")
    kind: Literal["monitor", "session", "daily", "weekly", "manual"] = Field(description="Kind of the cycle.")
    window: Window = Field(description="The span that it judged.")
    blocked_analysis: FreeMap | None = Field(default=None, description="Figures of blocked signals.")
    guard_effectiveness: FreeMap | None = Field(default=None, description="Figures by guard.")
    strategy_performance: FreeMap | None = Field(
        default=None, description="Figures by strategy, top_strategy."
    )
    what_if_scenarios: FreeMap | None = Field(
        default=None, description="Figures by scenario, such as no_<guard>."
    )
    evidence: FreeMap | None = Field(default=None, description="All other figures that it used.")
    findings: Annotated[list[FreeMap], Field(max_length=MAX_LIST)] | None = Field(
        default=None, description="What it found."
    )
    feedback: FreeMap | None = Field(default=None, description="Multipliers that it issued.")
    settings_digest: Name | None = Field(default=None, description="Digest of the settings it ran with.")
    meta: FreeMap | None = Field(default=None, description="Anything else.")


class FeedbackIssued(Event):
    """A multiplier for the bots, from shrunk shadow and real performance."""

    type: Literal["feedback.issued"] = Field(default="feedback.issued", description="Event type.")
    scope: Literal["strategy", "sector", "regime"] = Field(description="What it is about.")
    name: Name = Field(description="Which strategy, sector or regime.")
    multiplier: Multiplier = Field(description="Factor on the size or score, 0.5 to 1.5.")
    cycle_id: Name | None = Field(default=None, description="The cycle that issued it.")
    evidence: FreeMap | None = Field(default=None, description="The figures behind it.")


class AlertRaised(Event):
    """A figure has crossed a limit and somebody was told."""

    type: Literal["alert.raised"] = Field(default="alert.raised", description="Event type.")
    rule: Name = Field(description="Name of the rule.")
    figure: Name = Field(description="The figure it watches.")
    value: Number = Field(description="Its value, in the figure's unit.")
    limit: Number = Field(description="The limit, in the figure's unit.")
    sent_to: Names = Field(description="Where it was sent.")


class ScenarioTried(Event):
    """A what-if scenario was computed; each one tried is counted."""

    type: Literal["scenario.tried"] = Field(default="scenario.tried", description="Event type.")
    scenario: NameOrMap = Field(description="The changed rules, or their name.")
    digest: Name = Field(description="Digest of the changed rules.")


class KnobAdjusted(Event):
    """A cycle has moved an execution knob."""

    type: Literal["knob.adjusted"] = Field(default="knob.adjusted", description="Event type.")
    knob: Name = Field(description="Name of the knob.")
    old: Number = Field(description="Value before, in the knob's unit.")
    target: Number = Field(description="Value that the rules want.")
    new: Number = Field(description="Value after.")
    rules: Names = Field(description="Rules that fired.")
    cycle_id: Name = Field(description="The cycle that moved it.")
    evidence: FreeMap = Field(description="The figures behind it.")
    symbol: Name | None = Field(default=None, description="Symbol it holds for; all where left out.")


class ParametersEvolved(Event):
    """One generation of a symbol's exits."""

    type: Literal["parameters.evolved"] = Field(default="parameters.evolved", description="Event type.")
    symbol: Name = Field(description="Symbol.")
    timeframe: Name = Field(description="Candle interval, such as 5m.")
    generation: Ordinal = Field(description="Number of the generation.")
    tp_mult: Price = Field(description="Take-profit; multiples of the average true range.")
    sl_mult: Price = Field(description="Stop; multiples of the average true range.")
    score: Number = Field(description="Net profit times the root of the number of signals, or 0.")
    rules: Names = Field(description="Rules that fired.")


class AutotrainStarted(Event):
    """Automatic training was switched on."""

    type: Literal["autotrain.started"] = Field(default="autotrain.started", description="Event type.")
    settings: FreeMap = Field(description="Its configuration.")
    by: Name | None = Field(default=None, description="Who did it.")


class AutotrainStopped(Event):
    """Automatic training was switched off."""

    type: Literal["autotrain.stopped"] = Field(default="autotrain.stopped", description="Event type.")
    settings: FreeMap = Field(description="Its configuration.")
    by: Name | None = Field(default=None, description="Who did it.")


class AutotrainConfigured(Event):
    """Automatic training was configured anew."""

    type: Literal["autotrain.configured"] = Field(default="autotrain.configured", description="Event type.")
    settings: FreeMap = Field(description="Its configuration.")
    by: Name | None = Field(default=None, description="Who did it.")
