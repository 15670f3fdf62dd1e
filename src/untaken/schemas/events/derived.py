"""Derived events: what shadow execution and the ledger say; a rebuild computes them anew."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from untaken.schemas.base import Event, Part
from untaken.schemas.kinds import (
    Actor,
    Confidence,
    Count,
    Direction,
    FreeMap,
    GuardKind,
    Integer,
    Money,
    Name,
    Names,
    Numbers,
    Ordinal,
    Price,
    Quantity,
    Regime,
    Role,
    ShadowExit,
    Size,
    Text,
)
from untaken.schemas.times import Instant

Number = Annotated[float, Field(allow_inf_nan=False)]

MAX_ROW_BYTES = 8 << 20
"""Largest row: bots that ask again every few seconds gather thousands of verdicts on one signal."""

MAX_ROW_LIST = 1_000_000
"""Most entries of a list in a row, which nobody sent and which is therefore taken as it is."""

Listed = Annotated[list[Name], Field(max_length=MAX_ROW_LIST, strict=False)]
"""Names in order, however many."""


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
    reason: Text | None = Field(default=None, description="Reason; text.")
    actor: Actor | None = Field(default=None, description="Who decided.")


class Asked(Part):
    """A guard that gave any verdict on a signal, in any attempt."""

    guard: Name = Field(description="Name of the guard.")
    kind: GuardKind | None = Field(default=None, description="What the guard looks at.")


class LedgerRow(Event):
    """Everything known about one signal; a later revision replaces it. `at` is the signal's."""

    MAX_BYTES: ClassVar[int] = MAX_ROW_BYTES

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
    blockers: Listed = Field(default=[], description="Guards that blocked it, sorted.")
    first: Name | None = Field(default=None, description="First blocker.")
    sole: bool | None = Field(default=None, description="Whether it is the only one; none where unknown.")
    chain_complete: bool | None = Field(default=None, description="Whether every guard was asked.")
    reason_code: Name | None = Field(default=None, description="Reason of the first blocker.")
    verdicts: Annotated[list[Verdict], Field(max_length=MAX_ROW_LIST)] = Field(
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
    entry_price: Number | None = Field(default=None, description="Shadow entry price; quote currency.")
    exit_at: Instant | None = Field(default=None, description="Shadow exit; UTC.")
    exit_price: Number | None = Field(default=None, description="Shadow exit price; quote currency.")
    exit_reason: ShadowExit | None = Field(default=None, description="Why it was left; none while pending.")
    overlapped: bool | None = Field(
        default=None, description="Whether its predecessor was still open in the book."
    )
    flags: Listed = Field(default=[], description="Remarks, such as entry_bar_partial.")
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
    trades: Listed = Field(default=[], description="Real trades of the signal, sorted.")
    real_pnl_e8: Integer | None = Field(
        default=None, description="Their profit; 1e-8 of the account currency."
    )
    real_return_ppm: Integer | None = Field(
        default=None, description="Their profit; parts per million of their notional."
    )
    error_ppm: Integer | None = Field(
        default=None, description="Shadow minus real return; parts per million."
    )
    signal_event: Name | None = Field(
        default=None, description="Id of the `signal.emitted` that defines the row."
    )
    candle_at: Instant | None = Field(default=None, description="Open time of the signal's candle; UTC.")
    expected_roi_pct: Number | None = Field(default=None, description="Return the strategy expects; percent.")
    leverage: Number | None = Field(default=None, description="Leverage of the signal.")
    expires_at: Instant | None = Field(default=None, description="When the signal lapses; UTC.")
    expired_at: Instant | None = Field(default=None, description="When it lapsed; UTC.")
    size: Number | None = Field(default=None, description="Notional of the shadow trade; quote currency.")
    contract_size: Number | None = Field(default=None, description="Units of the base per contract.")
    fx: Number | None = Field(
        default=None, description="Account currency per unit of the quote currency; none where unknown."
    )
    take_profit_pct: Number | None = Field(
        default=None, description="Take-profit in force; percent, 0 is none."
    )
    stop_loss_pct: Number | None = Field(default=None, description="Stop in force; percent, 0 is none.")
    stop_assumed: bool | None = Field(
        default=None, description="Whether the stop is the settings', because nobody named one."
    )
    trailing_stop_pct: Number | None = Field(default=None, description="Trailing stop in force; percent.")
    roi_steps: Annotated[list[list[Number]], Field(max_length=MAX_ROW_LIST)] | None = Field(
        default=None, description="Pairs of minutes since entry and percent in force."
    )
    max_hold_us: Integer | None = Field(default=None, description="Longest hold in force; microseconds.")
    fee_bps: Number | None = Field(default=None, description="Fee of each side; basis points.")
    slippage_bps: Number | None = Field(default=None, description="Slippage; basis points.")
    grace_us: Integer | None = Field(
        default=None, description="Grace before a missing price is given up on; microseconds."
    )
    over_cluster: bool | None = Field(
        default=None, description="Whether its hold is longer than the cluster that verdicts count it in."
    )
    asked: Annotated[list[Asked], Field(max_length=MAX_ROW_LIST)] | None = Field(
        default=None, description="Guards that gave any verdict, by name."
    )
    decision_latency_us: Integer | None = Field(
        default=None, description="From the signal to the first decision; microseconds."
    )
    fill_latency_us: Integer | None = Field(
        default=None, description="From the signal to the first entry fill; microseconds."
    )
    base_price: Number | None = Field(
        default=None, description="Price before spread and slippage; quote currency."
    )
    decision_price: Number | None = Field(
        default=None, description="Price that the first decision saw, else the signal's; quote currency."
    )
    bid: Number | None = Field(default=None, description="Best bid at the decision; quote currency.")
    ask: Number | None = Field(default=None, description="Best ask at the decision; quote currency.")
    resolved: bool | None = Field(default=None, description="Whether the shadow trade has a result.")
    slippage_milli_r: Integer | None = Field(
        default=None, description="Slippage paid; thousandths of the planned risk."
    )
    later_ppm: Annotated[list[Integer | None], Field(max_length=MAX_ROW_LIST)] | None = Field(
        default=None,
        description="Shadow profit if entered 1, 5, 15, 30, 60, 300, 900, 3600 s late; parts per million of the size.",
    )
    fill_price: Number | None = Field(
        default=None, description="Entry price of its real trades, weighted by quantity; quote currency."
    )
    has_prices: bool | None = Field(default=None, description="Whether its symbol has any prices.")
    components: Numbers | None = Field(default=None, description="Scores by component.")
    features: Numbers | None = Field(default=None, description="Numbers that the model saw.")
    meta: FreeMap | None = Field(default=None, description="Anything else that the signal said.")


class TradeRow(Event):
    """Everything known about one real trade; a later one replaces it. `at` is the exit, or the entry while open."""

    MAX_BYTES: ClassVar[int] = MAX_ROW_BYTES

    type: Literal["trade.row"] = Field(default="trade.row", description="Event type.")
    trade_id: Name = Field(description="The trade.")
    symbol: Name = Field(description="Symbol of the trade.")
    currency: Name = Field(description="Account currency.")
    state: Literal["open", "closed"] = Field(description="Whether the position is flat.")
    source: Literal["fills", "trade.closed"] = Field(description="What the row was made of.")
    counts: bool = Field(description="Whether it enters sums.")
    revision: Count = Field(description="How often the row was corrected.")
    anomalies: Listed = Field(default=[], description="What is wrong with it, by name.")
    signal_id: Name | None = Field(default=None, description="The signal it came from.")
    strategy: Name | None = Field(default=None, description="Name of the strategy.")
    direction: Direction | None = Field(default=None, description="Side of the trade.")
    entry_at: Instant | None = Field(default=None, description="First entry; UTC.")
    exit_at: Instant | None = Field(default=None, description="Last exit, once flat; UTC.")
    entry_price: Number | None = Field(default=None, description="Weighted entry price; quote currency.")
    exit_price: Number | None = Field(default=None, description="Weighted exit price; quote currency.")
    qty: Number | None = Field(default=None, description="Quantity entered; contracts or units of the base.")
    exit_qty: Number | None = Field(default=None, description="Quantity left again.")
    open_qty: Number | None = Field(default=None, description="Quantity still open.")
    fees_e8: Integer | None = Field(default=None, description="Fees; 1e-8 of the account currency.")
    pnl_e8: Integer | None = Field(
        default=None, description="Net profit that stands; 1e-8 of the account currency."
    )
    reported_pnl_e8: Integer | None = Field(
        default=None, description="Net profit as reported; 1e-8 of the account currency."
    )
    computed_pnl_e8: Integer | None = Field(
        default=None, description="Net profit from prices and fees; 1e-8 of the account currency."
    )
    notional_e8: Integer | None = Field(
        default=None, description="Notional at entry; 1e-8 of the account currency."
    )
    return_ppm: Integer | None = Field(
        default=None, description="Net profit; parts per million of the notional."
    )
    exit_reason: Name | None = Field(default=None, description="Why it was left.")
    actor: Actor | None = Field(default=None, description="Who traded.")
    confidence: Confidence | None = Field(default=None, description="Confidence, 0 to 1.")
    timeframe: Name | None = Field(default=None, description="Candle interval of the strategy.")
    regime: Regime | None = Field(default=None, description="State of the market as the bot saw it.")
    sector: Name | None = Field(default=None, description="Sector of the symbol.")
    model_version: Name | None = Field(default=None, description="Version of the model that scored it.")
    leverage: Number | None = Field(default=None, description="Leverage of the trade.")
    tags: Names | None = Field(default=None, description="Labels of the signal.")
    components: Numbers | None = Field(default=None, description="Scores of the signal by component.")
