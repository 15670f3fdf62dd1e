"""Signals: a strategy's wish to enter a trade, or to leave."""

from typing import Literal

from pydantic import Field

from untaken.schemas.base import Event
from untaken.schemas.kinds import (
    Confidence,
    Direction,
    Factor,
    FreeMap,
    HoldSeconds,
    Leverage,
    Name,
    Names,
    Numbers,
    Percentage,
    Price,
    Regime,
    RoiSteps,
    SignedPercentage,
    Size,
    Text,
)
from untaken.schemas.times import Instant


class SignalEmitted(Event):
    """A strategy wishes to enter a trade."""

    type: Literal["signal.emitted"] = Field(default="signal.emitted", description="Event type.")
    signal_id: Name = Field(description="Id of the signal, unique in its run.")
    symbol: Name = Field(description="What is to be traded, such as BTC/USDT.")
    strategy: Name = Field(description="Name of the strategy.")
    direction: Direction = Field(description="Side of the wished trade.")
    price: Price = Field(description="Price at which the strategy decided; quote currency.")
    confidence: Confidence | None = Field(default=None, description="Confidence, 0 to 1.")
    timeframe: Name | None = Field(default=None, description="Candle interval of the strategy, such as 5m.")
    candle_at: Instant | None = Field(default=None, description="Open time of the candle it arose from; UTC.")
    expected_roi_pct: SignedPercentage | None = Field(default=None, description="Expected profit; percent.")
    size: Size | None = Field(default=None, description="Wished notional; quote currency.")
    leverage: Leverage | None = Field(default=None, description="Leverage, times.")
    contract_size: Factor | None = Field(default=None, description="Units of the base per contract.")
    quote_currency: Name | None = Field(default=None, description="Currency of price and size.")
    fx_to_account: Factor | None = Field(
        default=None, description="Account currency per unit of quote currency."
    )
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
    expires_at: Instant | None = Field(default=None, description="When the signal lapses unfilled; UTC.")
    regime: Regime | None = Field(default=None, description="State of the market as the bot saw it.")
    sector: Name | None = Field(default=None, description="Sector of the symbol.")
    model_version: Name | None = Field(default=None, description="Version of the model that scored it.")
    components: Numbers | None = Field(default=None, description="Scores of the signal's parts, by name.")
    features: Numbers | None = Field(default=None, description="Numbers the model saw, by name.")
    tags: Names | None = Field(default=None, description="Free labels.")
    meta: FreeMap | None = Field(default=None, description="Anything else; the reported symbol is kept here.")


class ExitSignalled(Event):
    """The strategy would close such positions now; it ends shadow trades too."""

    type: Literal["exit.signalled"] = Field(default="exit.signalled", description="Event type.")
    symbol: Name = Field(description="Symbol of the positions.")
    strategy: Name = Field(description="Strategy that wants to leave.")
    direction: Direction = Field(description="Side of the positions.")
    reason: Text | None = Field(default=None, description="Why; text.")
    price: Price | None = Field(default=None, description="Price the strategy saw; quote currency.")
    meta: FreeMap | None = Field(default=None, description="Anything else; the reported symbol is kept here.")
