"""Executions: real fills and real trades."""

from typing import Literal

from pydantic import Field

from untaken.schemas.base import Event
from untaken.schemas.kinds import (
    Actor,
    Confidence,
    Direction,
    Factor,
    FreeMap,
    Leverage,
    Money,
    Name,
    Price,
    Quantity,
    Regime,
    Role,
    SignedPercentage,
)
from untaken.schemas.times import Instant


class OrderFilled(Event):
    """An order was executed, in whole or in part."""

    type: Literal["order.filled"] = Field(default="order.filled", description="Event type.")
    trade_id: Name = Field(description="The trade it belongs to.")
    symbol: Name = Field(description="Symbol that was traded.")
    side: Literal["buy", "sell"] = Field(description="Side of the order.")
    role: Role = Field(description="Whether it opens or closes the trade.")
    price: Price = Field(description="Fill price; quote currency.")
    qty: Quantity = Field(description="Filled quantity; contracts or units of the base.")
    signal_id: Name | None = Field(default=None, description="The signal that it follows.")
    order_id: Name | None = Field(default=None, description="Id of the order at the exchange.")
    fee: Money | None = Field(default=None, description="Fee, negative for a rebate; `fee_currency`.")
    fee_currency: Name | None = Field(default=None, description="Currency of the fee.")
    actor: Actor | None = Field(default=None, description="Who placed the order.")
    meta: FreeMap | None = Field(default=None, description="Anything else; the reported symbol is kept here.")


class TradeClosed(Event):
    """A position is flat again; sent once, with the whole trade's result."""

    type: Literal["trade.closed"] = Field(default="trade.closed", description="Event type.")
    trade_id: Name = Field(description="Id of the trade, unique in its run.")
    symbol: Name = Field(description="Symbol that was traded.")
    direction: Direction = Field(description="Side of the trade.")
    entry_at: Instant = Field(description="When it was entered; UTC.")
    exit_at: Instant = Field(description="When it was flat; UTC.")
    entry_price: Price = Field(description="Mean entry price weighted by quantity; quote currency.")
    exit_price: Price = Field(description="Mean exit price weighted by quantity; quote currency.")
    qty: Quantity = Field(description="Quantity; contracts or units of the base.")
    pnl: Money = Field(description="Profit net of fees and funding; account currency.")
    pnl_pct: SignedPercentage = Field(description="Profit; percent, as the bot computes it.")
    exit_reason: Name = Field(description="Why it was closed, in the bot's words.")
    signal_id: Name | None = Field(default=None, description="The signal that it follows.")
    strategy: Name | None = Field(default=None, description="Name of the strategy.")
    fees: Money | None = Field(default=None, description="Sum of fees; account currency.")
    funding: Money | None = Field(default=None, description="Sum of funding paid; account currency.")
    leverage: Leverage | None = Field(default=None, description="Leverage, times.")
    contract_size: Factor | None = Field(default=None, description="Units of the base per contract.")
    quote_currency: Name | None = Field(default=None, description="Currency of the prices.")
    fx_to_account: Factor | None = Field(
        default=None, description="Account currency per unit of quote currency."
    )
    confidence: Confidence | None = Field(default=None, description="Confidence of the signal, 0 to 1.")
    regime: Regime | None = Field(default=None, description="State of the market as the bot saw it.")
    sector: Name | None = Field(default=None, description="Sector of the symbol.")
    timeframe: Name | None = Field(default=None, description="Candle interval of the strategy, such as 5m.")
    model_version: Name | None = Field(default=None, description="Version of the model that scored it.")
    actor: Actor | None = Field(default=None, description="Who traded.")
    meta: FreeMap | None = Field(default=None, description="Anything else; the reported symbol is kept here.")
