"""Runs and settings: what a bot is, which rules hold, what was imported."""

from typing import Annotated, Literal

from pydantic import Field

from untaken.schemas.base import Event, Part
from untaken.schemas.kinds import (
    MAX_LIST,
    Count,
    Counts,
    FreeMap,
    GuardKind,
    HoldSeconds,
    Name,
    Percentage,
    RoiSteps,
    Size,
    Text,
)
from untaken.schemas.times import Instant


class StrategyExits(Part):
    """A strategy's own exits, where its signals do not say otherwise."""

    take_profit_pct: Percentage | None = Field(
        default=None, description="Take-profit distance from the entry; percent, 0 = none."
    )
    stop_loss_pct: Percentage | None = Field(
        default=None, description="Stop distance from the entry; percent, 0 = none."
    )
    trailing_stop_pct: Percentage | None = Field(
        default=None, description="Trailing stop distance from the peak; percent, 0 = none."
    )
    roi_steps: RoiSteps | None = Field(
        default=None, description="Pairs of minutes since entry and profit in percent at which to leave."
    )
    max_hold_s: HoldSeconds | None = Field(default=None, description="Longest hold; seconds.")


class GuardDeclared(Part):
    """What a guard is."""

    kind: GuardKind | None = Field(
        default=None, description="What the guard looks at; portfolio where unknown."
    )
    order: Count | None = Field(default=None, description="Place in the chain.")


class RunDeclared(Event):
    """A bot says what it is and in which currency it counts."""

    type: Literal["run.declared"] = Field(default="run.declared", description="Event type.")
    account_currency: Name = Field(description="Currency of the account.")
    reference_capital: Size | None = Field(
        default=None, description="Capital that drawdowns are measured against; account currency."
    )
    strategies: Annotated[dict[Name, StrategyExits], Field(max_length=MAX_LIST)] | None = Field(
        default=None, description="Exits by strategy."
    )
    guards: Annotated[dict[Name, GuardDeclared], Field(max_length=MAX_LIST)] | None = Field(
        default=None, description="Guards by name."
    )
    symbols: Annotated[dict[Name, Name], Field(max_length=10 * MAX_LIST)] | None = Field(
        default=None, description="Symbol by the alias that the bot uses."
    )
    software: Name | None = Field(default=None, description="Name and version of the bot's software.")
    meta: FreeMap | None = Field(default=None, description="Anything else.")


class KnobOverridden(Event):
    """Somebody sets an execution knob by hand."""

    type: Literal["knob.overridden"] = Field(default="knob.overridden", description="Event type.")
    knob: Name = Field(description="Name of the knob.")
    new: Annotated[float, Field(allow_inf_nan=False)] = Field(description="New value, in the knob's unit.")
    by: Name = Field(description="Who set it.")
    symbol: Name | None = Field(default=None, description="Symbol it holds for; all where left out.")
    why: Text | None = Field(default=None, description="Why; text.")
    until: Instant | None = Field(default=None, description="When it ends; UTC.")
    meta: FreeMap | None = Field(default=None, description="Anything else; the reported symbol is kept here.")


class SettingsChanged(Event):
    """The settings that change results, as they hold from a moment on."""

    type: Literal["settings.changed"] = Field(default="settings.changed", description="Event type.")
    settings: FreeMap = Field(description="All settings that change results, by dotted name.")
    digest: Name = Field(description="Digest of the settings.")
    effective_at: Instant | None = Field(
        default=None,
        description="From which signal time on they hold; UTC, the event's own time where left out.",
    )
    retroactive: bool | None = Field(default=None, description="True: they hold from the beginning of time.")
    by: Name | None = Field(default=None, description="Who changed them.")


class ImportCompleted(Event):
    """History from elsewhere has been taken in."""

    type: Literal["import.completed"] = Field(default="import.completed", description="Event type.")
    source: Name = Field(description="What was imported.")
    digest: Name = Field(description="Digest of the imported bytes.")
    counts: Counts = Field(description="Events by type.")
    since: Instant = Field(description="Time of the first imported event; UTC.")
    until: Instant = Field(description="Time of the last imported event; UTC.")
    meta: FreeMap | None = Field(default=None, description="Anything else.")
