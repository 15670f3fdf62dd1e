"""Decisions: what guards said about a signal, and signals that lapsed."""

from typing import Annotated, Literal

from pydantic import Field

from untaken.schemas.base import Event, Part
from untaken.schemas.kinds import Actor, Count, FreeMap, GuardKind, Name, Ordinal, Price, Text, Volume

Number = Annotated[float, Field(allow_inf_nan=False)]


class Snapshot(Part):
    """The market as the guard saw it."""

    price: Price = Field(description="Last price; quote currency.")
    bid: Price | None = Field(default=None, description="Best bid; quote currency.")
    ask: Price | None = Field(default=None, description="Best ask; quote currency.")
    spread_bps: Number | None = Field(default=None, description="Spread; basis points of the price.")
    volatility: Volume | None = Field(default=None, description="Volatility in the bot's own measure.")
    atr_pct: Volume | None = Field(default=None, description="Average true range; percent of the price.")
    volume: Volume | None = Field(default=None, description="Traded volume in the bot's own measure.")


class DecisionMade(Event):
    """One guard's verdict on one signal in one attempt."""

    type: Literal["decision.made"] = Field(default="decision.made", description="Event type.")
    signal_id: Name = Field(description="The signal that was judged.")
    symbol: Name = Field(description="Symbol of the signal.")
    guard: Name = Field(description="Name of the guard.")
    verdict: Literal["approved", "blocked"] = Field(description="What the guard said.")
    kind: GuardKind | None = Field(default=None, description="What the guard looks at.")
    seq: Count | None = Field(default=None, description="Place in the chain of guards.")
    attempt: Ordinal | None = Field(default=None, description="Which time the bot asked; 1 where left out.")
    reason_code: Name | None = Field(default=None, description="Short reason, such as max_positions.")
    reason: Text | None = Field(default=None, description="Reason; text.")
    value: Number | None = Field(default=None, description="The figure the guard looked at.")
    threshold: Number | None = Field(default=None, description="The limit it was held against.")
    comparison: Literal["<=", ">="] | None = Field(
        default=None, description="Passes where `value comparison threshold` holds."
    )
    snapshot: Snapshot | None = Field(default=None, description="The market at that moment.")
    final: bool | None = Field(default=None, description="True on the last decision of the chain.")
    chain_complete: bool | None = Field(
        default=None, description="On the final decision: whether every guard was asked."
    )
    actor: Actor | None = Field(default=None, description="Who decided.")
    meta: FreeMap | None = Field(default=None, description="Anything else; the reported symbol is kept here.")


class SignalExpired(Event):
    """A signal lapsed before it was filled."""

    type: Literal["signal.expired"] = Field(default="signal.expired", description="Event type.")
    signal_id: Name = Field(description="The signal that lapsed.")
    symbol: Name = Field(description="Symbol of the signal.")
    reason: Text | None = Field(default=None, description="Why; text.")
    meta: FreeMap | None = Field(default=None, description="Anything else; the reported symbol is kept here.")
