"""Drills: training sessions of a human operator."""

from typing import Literal

from pydantic import Field

from untaken.schemas.base import Event
from untaken.schemas.kinds import FreeMap, Name, NameOrMap, Names, Seconds, SignedPercentage, Text


class DrillStarted(Event):
    """An operator begins a training session."""

    type: Literal["drill.started"] = Field(default="drill.started", description="Event type.")
    session_id: Name = Field(description="Id of the session.")
    operator: Name | None = Field(default=None, description="Who trains.")
    kind: Name | None = Field(default=None, description="Kind of the drill.")
    context: NameOrMap | None = Field(default=None, description="What the session is about: a name or a map.")
    symbols: Names | None = Field(default=None, description="Symbols of the session.")
    meta: FreeMap | None = Field(default=None, description="Anything else.")


class DrillReacted(Event):
    """An operator reacted, or failed to react, to a signal."""

    type: Literal["drill.reacted"] = Field(default="drill.reacted", description="Event type.")
    session_id: Name = Field(description="Id of the session.")
    outcome: Literal["hit", "late", "missed", "fomo", "rule_break"] = Field(description="How it was judged.")
    signal_id: Name | None = Field(default=None, description="The signal in question.")
    reaction_delay_s: Seconds | None = Field(default=None, description="Delay of the reaction; seconds.")
    pnl_after: SignedPercentage | None = Field(
        default=None, description="What the signal's trade made some bars later; percent."
    )
    note: Text | None = Field(default=None, description="The operator's note.")
    tags: Names | None = Field(default=None, description="Free labels.")
    meta: FreeMap | None = Field(default=None, description="Anything else.")


class DrillEnded(Event):
    """A training session is over."""

    type: Literal["drill.ended"] = Field(default="drill.ended", description="Event type.")
    session_id: Name = Field(description="Id of the session.")
    note: Text | None = Field(default=None, description="The operator's note.")
    meta: FreeMap | None = Field(default=None, description="Anything else.")
