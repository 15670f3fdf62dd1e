"""What all events have in common."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from untaken.schemas.kinds import BotName, Mode, Name, Ordinal
from untaken.schemas.times import Instant


class Part(BaseModel):
    """A record nested inside an event."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _needs_type(schema: dict[str, Any]) -> None:
    # In Python the class says it, in JSON nothing else does.
    schema["required"] = ["type", *schema.get("required", [])]


class Event(BaseModel):
    """Something that happened, as its producer saw it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, json_schema_extra=_needs_type
    )

    VERSION: ClassVar[int] = 1
    """Schema version that this model reads and writes; older ones are lifted by upcasters."""

    MAX_BYTES: ClassVar[int] = 1 << 20
    """Largest encoded event."""

    type: str = Field(description="Name of the event type.")
    id: Name = Field(description="Unique id of the event; UUIDv7 if the producer gives none.")
    at: Instant = Field(description="When it happened; UTC, microseconds.")
    bot: BotName = Field(description="Who reports: the bot or the feed.")
    run: BotName = Field(default="default", description="One installation or backtest of the bot.")
    mode: Mode = Field(default="live", description="Whether real money, paper or a backtest is meant.")
    v: Ordinal = Field(default=1, description="Schema version of the type.")
