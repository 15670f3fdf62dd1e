"""One trade of a backtest as the events it must have come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from untaken.schemas.base import Event
from untaken.schemas.events.executions import OrderFilled, TradeClosed
from untaken.schemas.events.signals import ExitSignalled, SignalEmitted
from untaken.schemas.ids import derived_id
from untaken.schemas.kinds import Actor, Mode
from untaken.streams.connectors.candles.naming import interval_text, interval_us
from untaken.streams.connectors.freqtrade.cells import Record, Unusable, flag, moment, number, text
from untaken.streams.connectors.freqtrade.exits import Direction, exit_fields
from untaken.streams.connectors.freqtrade.orders import Fill, fills_of, mean_price, quantity
from untaken.streams.connectors.report import ImportRefused

# Reasons that freqtrade itself gives; any other is the name of an exit signal or of the strategy's own exit.
_BUILT_IN = frozenset({
    "roi", "stop_loss", "stoploss_on_exchange", "trailing_stop_loss", "liquidation", "emergency_exit",
    "emergency_sell", "force_exit", "force_sell", "partial_exit", "unknown", "",
})  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One strategy's trades: who they belong to in the log, and what they have in common."""

    bot: str
    run: str
    strategy: str
    currency: str
    result: Record
    aliases: dict[str, str]
    mode: Mode = "backtest"

    def common(self, kind: str, key: str) -> dict[str, Any]:
        """Return the fields that every event of the run has; the same key gives the same id."""
        identity = f"{self.bot}\x00{self.run}\x00{kind}\x00{key}"
        return {"id": derived_id(identity, b""), "bot": self.bot, "run": self.run, "mode": self.mode}

    @property
    def timeframe(self) -> str | None:
        return text(self.result, "timeframe")


@dataclass(frozen=True)
class Trade:
    """A trade, read; `record` is its JSON and `key` its place in the list, or its id."""

    key: str
    record: Record
    pair: str
    direction: Direction
    leverage: float
    fees: tuple[float, float]
    fills: list[Fill]
    reported_signal: str | None = None
    """The signal that it follows, where that was reported apart from the trade."""

    @property
    def entries(self) -> list[Fill]:
        return [fill for fill in self.fills if fill.role == "entry"]

    @property
    def exits(self) -> list[Fill]:
        return [fill for fill in self.fills if fill.role == "exit"]

    @property
    def is_open(self) -> bool:
        return flag(self.record, "is_open") or not self.exits

    @property
    def exit_reason(self) -> str:
        return text(self.record, "exit_reason", "sell_reason") or "unknown"

    @property
    def left_by_strategy(self) -> bool:
        return not self.is_open and self.exit_reason not in _BUILT_IN

    @property
    def tag(self) -> str | None:
        return text(self.record, "enter_tag", "buy_tag") or self.entries[0].tag

    @property
    def forced(self) -> bool:
        """A person entered it: no strategy wished for it."""
        return self.tag == "force_entry"

    @property
    def signal_id(self) -> str | None:
        return None if self.forced else self.reported_signal or f"signal-{self.key}"

    @property
    def wished_at(self) -> datetime:
        """When the order was placed, where that is known, else when it was filled."""
        return moment(self.record, "signal_timestamp") or self.entries[0].at

    def actor(self, fill: Fill) -> Actor | None:
        """Return who placed an order; None where nothing says that it was a person."""
        by_hand = self.forced if fill.role == "entry" else self.exit_reason in {"force_exit", "force_sell"}
        return "operator" if by_hand else None


def read_trade(record: Any, key: str) -> Trade:
    """Read one trade; raises Unusable where it lacks what makes it one."""
    if not isinstance(record, dict):
        raise Unusable("it is no record")
    pair = text(record, "pair")
    if pair is None:
        raise Unusable("it has no pair")
    direction: Direction = "short" if flag(record, "is_short") else "long"
    fees = (number(record, "fee_open") or 0.0, number(record, "fee_close") or 0.0)
    leverage = number(record, "leverage") or 1.0
    return Trade(key, record, pair, direction, leverage, fees, fills_of(record, direction))


def events_of(trade: Trade, run: Run) -> Iterator[Event]:
    """Derive the signal from the entry, then fills, the strategy's wish to leave, and the closed trade."""
    symbol = run.aliases.get(trade.pair, trade.pair)
    reported = {} if symbol == trade.pair else {"reported_symbol": trade.pair}
    if trade.signal_id is not None and trade.reported_signal is None:
        yield _signal(trade, run, trade.signal_id, symbol, reported)
    for number_, fill in enumerate(trade.fills, start=1):
        yield _fill(trade, run, fill, number_, symbol, reported)
    if trade.left_by_strategy:
        yield _exit_signal(trade, run, symbol, reported)
    if not trade.is_open and number(trade.record, "profit_abs") is not None:
        yield _closed(trade, run, symbol, reported)


def _signal(trade: Trade, run: Run, signal_id: str, symbol: str, reported: dict[str, str]) -> SignalEmitted:
    first = trade.entries[0]
    return SignalEmitted(
        **run.common("signal.emitted", trade.key),
        at=trade.wished_at,
        signal_id=signal_id,
        symbol=symbol,
        strategy=run.strategy,
        direction=trade.direction,
        price=number(trade.record, "signal_rate") or first.price,
        timeframe=run.timeframe,
        candle_at=_candle_at(first, run),
        size=_wished_size(trade),
        leverage=trade.leverage,
        tags=[trade.tag] if trade.tag else None,
        meta={"derived_from": f"trade-{trade.key}", **reported},
        **exit_fields(
            run.result, trade.record, direction=trade.direction, leverage=trade.leverage, fees=trade.fees
        ),
    )


def _wished_size(trade: Trade) -> float:
    """Return the notional of the first entry: later ones were decided later, and size is before leverage's margin."""
    stake = number(trade.record, "stake_amount")
    return trade.entries[0].notional if stake is None or len(trade.entries) > 1 else stake * trade.leverage


def _candle_at(first: Fill, run: Run) -> Any:
    """Return the open of the candle whose close gave the signal; backtests enter at the next open, bots when they can."""
    if run.mode != "backtest":
        return None
    try:
        length = interval_us(interval_text(run.timeframe or ""))
    except ImportRefused:
        return None
    return first.at - timedelta(microseconds=length)


def _fill(
    trade: Trade, run: Run, fill: Fill, place: int, symbol: str, reported: dict[str, str]
) -> OrderFilled:
    rate = trade.fees[0] if fill.role == "entry" else trade.fees[1]
    tagged = {"tag": fill.tag} if fill.tag else {}
    return OrderFilled(
        **run.common("order.filled", f"{trade.key}/{place}"),
        at=fill.at,
        trade_id=f"trade-{trade.key}",
        symbol=symbol,
        side=fill.side,
        role=fill.role,
        price=fill.price,
        qty=fill.quantity,
        signal_id=trade.signal_id,
        order_id=fill.order_id,
        fee=fill.notional * rate,
        fee_currency=run.currency,
        actor=None if run.mode == "backtest" else trade.actor(fill),
        meta={**tagged, **reported} or None,
    )


def _exit_signal(trade: Trade, run: Run, symbol: str, reported: dict[str, str]) -> ExitSignalled:
    last = trade.exits[-1]
    return ExitSignalled(
        **run.common("exit.signalled", trade.key),
        at=moment(trade.record, "exit_timestamp") or last.at,
        symbol=symbol,
        strategy=run.strategy,
        direction=trade.direction,
        reason=trade.exit_reason,
        price=last.price,
        meta={"derived_from": f"trade-{trade.key}", **reported},
    )


def _closed(trade: Trade, run: Run, symbol: str, reported: dict[str, str]) -> TradeClosed:
    """Money as the file books it, right or wrong: what contradicts the prices is found later, and kept beside."""
    record, last = trade.record, trade.exits[-1]
    funding = number(record, "funding_fees")
    rates = {"entry": trade.fees[0], "exit": trade.fees[1]}
    return TradeClosed(
        **run.common("trade.closed", trade.key),
        at=last.at,
        trade_id=f"trade-{trade.key}",
        symbol=symbol,
        direction=trade.direction,
        entry_at=trade.entries[0].at,
        exit_at=last.at,
        entry_price=mean_price(trade.fills, "entry"),
        exit_price=mean_price(trade.fills, "exit"),
        qty=quantity(trade.fills, "entry"),
        pnl=number(record, "profit_abs") or 0.0,
        pnl_pct=(number(record, "profit_ratio") or 0.0) * 100,
        exit_reason=trade.exit_reason,
        signal_id=trade.signal_id,
        strategy=run.strategy,
        fees=sum(fill.notional * rates[fill.role] for fill in trade.fills),
        funding=-funding if funding else None,
        leverage=trade.leverage,
        timeframe=run.timeframe,
        meta={**_extremes(record), **reported} or None,
    )


def _extremes(record: Record) -> dict[str, float]:
    found = {name: number(record, name) for name in ("min_rate", "max_rate", "stop_loss_abs")}
    return {name: value for name, value in found.items() if value is not None}
