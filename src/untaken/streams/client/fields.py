"""What may be said of each event besides what must be: the optional fields, for editors and type checkers.

The models in `untaken.schemas` say what is valid; a test holds these lists to them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypedDict

from untaken.schemas.kinds import Actor, Direction, GuardKind, Regime, Role

Time: TypeAlias = datetime | str
"""An aware datetime, or RFC 3339 text."""

Meta: TypeAlias = Mapping[str, Any]

__all__ = ["Direction", "Role", "Time"]


class Common(TypedDict, total=False):
    """Fields of every event that the emitter fills in where they are left out."""

    id: str
    at: Time


class SignalFields(Common, total=False):
    signal_id: str
    confidence: float
    timeframe: str
    candle_at: Time
    expected_roi_pct: float
    size: float
    leverage: float
    contract_size: float
    quote_currency: str
    fx_to_account: float
    take_profit_pct: float
    stop_loss_pct: float
    trailing_stop_pct: float
    roi_steps: Sequence[Sequence[float]]
    max_hold_s: float
    expires_at: Time
    regime: Regime
    sector: str
    model_version: str
    components: Mapping[str, float]
    features: Mapping[str, float]
    tags: Sequence[str]
    meta: Meta


class DecisionFields(Common, total=False):
    symbol: str
    kind: GuardKind | None
    seq: int | None
    attempt: int | None
    reason_code: str | None
    reason: str | None
    value: float | None
    threshold: float | None
    comparison: Literal["<=", ">="] | None
    snapshot: Mapping[str, float] | None
    final: bool | None
    chain_complete: bool | None
    actor: Actor
    meta: Meta | None


class ExpiryFields(Common, total=False):
    symbol: str
    reason: str
    meta: Meta


class FillFields(Common, total=False):
    signal_id: str
    order_id: str
    fee: float
    fee_currency: str
    actor: Actor
    meta: Meta


class TradeFields(Common, total=False):
    signal_id: str
    strategy: str
    fees: float
    funding: float
    leverage: float
    contract_size: float
    quote_currency: str
    fx_to_account: float
    confidence: float
    regime: Regime
    sector: str
    timeframe: str
    model_version: str
    actor: Actor
    meta: Meta


class BarFields(Common, total=False):
    volume: float
    bid_open: float
    bid_high: float
    bid_low: float
    bid_close: float
    ask_open: float
    ask_high: float
    ask_low: float
    ask_close: float
    source: str
    revision: int
    meta: Meta


class QuoteFields(Common, total=False):
    last: float
    source: str
    meta: Meta


class ExitFields(Common, total=False):
    reason: str
    price: float
    meta: Meta


class ContextFields(Common, total=False):
    symbol: str
    source: str
    meta: Meta


class RunFields(Common, total=False):
    reference_capital: float
    strategies: Mapping[str, Mapping[str, Any]]
    guards: Mapping[str, Mapping[str, Any]]
    symbols: Mapping[str, str]
    software: str
    meta: Meta
