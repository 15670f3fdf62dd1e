"""Derived events: what shadow execution and the ledger say; a rebuild computes them anew."""

from typing import Annotated, Literal

from pydantic import Field

from untaken.schemas.base import Event, Part
from untaken.schemas.kinds import (
    MAX_LIST,
    Confidence,
    Count,
    Direction,
    GuardKind,
    Integer,
    Money,
    Name,
    Names,
    Ordinal,
    Price,
    Quantity,
    Regime,
    Role,
    ShadowExit,
    Size,
)
from untaken.schemas.times import Instant

Number = Annotated[float, Field(allow_inf_nan=False)]


class ShadowFilled(Event):
    """A shadow trade was entered or left."""

    type: Literal["shadow.filled"] = Field(default="shadow.filled", description="Event type.")
    signal_id: Name = Field(description="The signal that is shadowed.")
    symbol: Name = Field(description="Symbol of the signal.")
    role: Role = Field(description="Whether it opens or closes the shadow trade.")
    price: Price = Field(description="Price after spread and slippage; quote currency, 12 digits.")
    qty: Quantity = Field(description="Quantity; contracts or units of the base.")
    fee: Money = Field(description="Fee of this side; quote currency.")


class ShadowClosed(Event):
    """A shadow trade has its result; `at` is the exit, or the moment at which no price was given up on."""

    type: Literal["shadow.closed"] = Field(default="shadow.closed", description="Event type.")
    signal_id: Name = Field(description="The signal that was shadowed.")
    symbol: Name = Field(description="Symbol of the signal.")
    strategy: Name = Field(description="Name of the strategy.")
    direction: Direction = Field(description="Side of the trade.")
    entry_at: Instant = Field(description="When it was entered; UTC.")
    entry_price: Price = Field(description="Entry price after spread and slippage; quote currency.")
    exit_reason: ShadowExit = Field(description="Why it was left; no_data is unresolved.")
    size: Size = Field(description="Notional at entry; quote currency.")
    exit_at: Instant | None = Field(default=None, description="When it was left; UTC.")
    exit_price: Price | None = Field(default=None, description="Exit price after slippage; quote currency.")
    qty: Quantity | None = Field(default=None, description="Quantity; contracts or units of the base.")
    pnl_e8: Integer | None = Field(
        default=None, description="Net profit; 1e-8 of the account currency, none where the rate is unknown."
    )
    return_ppm: Integer | None = Field(default=None, description="Net profit; parts per million of the size.")
    milli_r: Integer | None = Field(default=None, description="Net profit; thousandths of the planned risk.")
    adverse_ppm: Integer | None = Field(
        default=None, description="Largest adverse excursion; parts per million."
    )
    favourable_ppm: Integer | None = Field(
        default=None, description="Largest favourable excursion; parts per million."
    )
    overlapped: bool | None = Field(
        default=None, description="Whether its predecessor was still open in the book."
    )
    flags: Names | None = Field(default=None, description="Remarks, such as entry_bar_partial.")
    currency: Name | None = Field(default=None, description="Account currency.")
    confidence: Confidence | None = Field(default=None, description="Confidence of the signal, 0 to 1.")
    timeframe: Name | None = Field(default=None, description="Candle interval of the strategy.")
    regime: Regime | None = Field(default=None, description="State of the market as the bot saw it.")
    sector: Name | None = Field(default=None, description="Sector of the symbol.")
    model_version: Name | None = Field(default=None, description="Version of the model that scored it.")
    tags: Names | None = Field(default=None, description="Labels of the signal.")
    settings_digest: Name | None = Field(
        default=None, description="Digest of the settings it was computed with."
    )
    revision: Count | None = Field(default=None, description="How often it was corrected; 0 where left out.")


class Verdict(Part):
    """The last word of a guard in an attempt."""

    guard: Name = Field(description="Name of the guard.")
    verdict: Literal["approved", "blocked"] = Field(description="What the guard said.")
    attempt: Ordinal = Field(default=1, description="Which time the bot asked.")
    at: Instant = Field(description="When it was said; UTC.")
    seq: Count | None = Field(default=None, description="Place in the chain of guards.")
    kind: GuardKind | None = Field(default=None, description="What the guard looks at.")
    reason_code: Name | None = Field(default=None, description="Short reason.")
    value: Number | None = Field(default=None, description="The figure the guard looked at.")
    threshold: Number | None = Field(default=None, description="The limit it was held against.")
    comparison: Literal["<=", ">="] | None = Field(
        default=None, description="Passes where `value comparison threshold` holds."
    )


class LedgerRow(Event):
    """Everything known about one signal; a later revision replaces it. `at` is the signal's."""

    type: Literal["ledger.row"] = Field(default="ledger.row", description="Event type.")
    signal_id: Name = Field(description="The signal.")
    symbol: Name = Field(description="Symbol of the signal.")
    strategy: Name = Field(description="Name of the strategy.")
    direction: Direction = Field(description="Side of the wished trade.")
    price: Price = Field(description="Price of the signal; quote currency.")
    status: Literal["filled", "blocked", "expired", "approved", "undecided"] = Field(
        description="What became of it."
    )
    revision: Count = Field(description="How often the row was corrected.")
    settings_digest: Name = Field(description="Digest of the settings it was computed with.")
    attempts: Count = Field(default=0, description="How often the bot asked its guards.")
    repeats: Count = Field(default=0, description="Further reports of the same signal.")
    blockers: Names = Field(default=[], description="Guards that blocked it, sorted.")
    first: Name | None = Field(default=None, description="First blocker.")
    sole: bool | None = Field(default=None, description="Whether it is the only one; none where unknown.")
    chain_complete: bool | None = Field(default=None, description="Whether every guard was asked.")
    reason_code: Name | None = Field(default=None, description="Reason of the first blocker.")
    verdicts: Annotated[list[Verdict], Field(max_length=MAX_LIST)] = Field(
        default=[], description="Last verdict by guard and attempt."
    )
    decided_at: Instant | None = Field(default=None, description="First decision; UTC.")
    filled_at: Instant | None = Field(default=None, description="First entry fill; UTC.")
    currency: Name | None = Field(default=None, description="Account currency.")
    confidence: Confidence | None = Field(default=None, description="Confidence, 0 to 1.")
    timeframe: Name | None = Field(default=None, description="Candle interval of the strategy.")
    regime: Regime | None = Field(default=None, description="State of the market as the bot saw it.")
    sector: Name | None = Field(default=None, description="Sector of the symbol.")
    model_version: Name | None = Field(default=None, description="Version of the model that scored it.")
    tags: Names | None = Field(default=None, description="Labels of the signal.")
    entry_at: Instant | None = Field(default=None, description="Shadow entry; UTC.")
    entry_price: Price | None = Field(default=None, description="Shadow entry price; quote currency.")
    exit_at: Instant | None = Field(default=None, description="Shadow exit; UTC.")
    exit_price: Price | None = Field(default=None, description="Shadow exit price; quote currency.")
    exit_reason: ShadowExit | None = Field(default=None, description="Why it was left; none while pending.")
    overlapped: bool | None = Field(
        default=None, description="Whether its predecessor was still open in the book."
    )
    flags: Names = Field(default=[], description="Remarks, such as entry_bar_partial.")
    pnl_e8: Integer | None = Field(default=None, description="Shadow profit; 1e-8 of the account currency.")
    return_ppm: Integer | None = Field(
        default=None, description="Shadow profit; parts per million of the size."
    )
    milli_r: Integer | None = Field(
        default=None, description="Shadow profit; thousandths of the planned risk."
    )
    adverse_ppm: Integer | None = Field(
        default=None, description="Largest adverse excursion; parts per million."
    )
    favourable_ppm: Integer | None = Field(
        default=None, description="Largest favourable excursion; parts per million."
    )
    trades: Names = Field(default=[], description="Real trades of the signal, sorted.")
    real_pnl_e8: Integer | None = Field(
        default=None, description="Their profit; 1e-8 of the account currency."
    )
