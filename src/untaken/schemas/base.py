"""What all events have in common."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from untaken.schemas.kinds import BotName, Mode, Name, Ordinal
from untaken.schemas.times import Instant


class Part(BaseModel):
    """A record nested inside an event."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _as_on_the_wire(schema: dict[str, Any], model: type["Event"]) -> None:
    # In Python the class says type and version; in JSON nothing else does, and a version left out is 1.
    needed = ["type"] if model.VERSION == 1 else ["type", "v"]
    schema["required"] = [*needed, *schema.get("required", [])]
    schema["properties"]["v"]["const"] = model.VERSION


class Event(BaseModel):
    """Something that happened, as its producer saw it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, json_schema_extra=_as_on_the_wire
    )

    VERSION: ClassVar[int] = 1
    """Schema version that the model reads and writes: the default of its `v`; older ones are lifted."""

    MAX_BYTES: ClassVar[int] = 1 << 20
    """Largest encoded event."""

    type: str = Field(description="Name of the event type.")
    id: Name = Field(description="Unique id of the event; UUIDv7 if the producer gives none.")
    at: Instant = Field(description="When it happened; UTC, microseconds.")
    bot: BotName = Field(description="Who reports: the bot or the feed.")
    run: BotName = Field(default="default", description="One installation or backtest of the bot.")
    mode: Mode = Field(default="live", description="Whether real money, paper or a backtest is meant.")
    v: Ordinal = Field(default=1, description="Schema version of the type.")

    @classmethod
    def __pydantic_init_subclass__(cls, **_options: object) -> None:
        cls.VERSION = cls.model_fields["v"].default
