"""What a bot can report: the methods that both emitters have."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar, Unpack

from untaken.schemas.base import Event
from untaken.schemas.events.decisions import DecisionMade, SignalExpired
from untaken.schemas.events.executions import OrderFilled, TradeClosed
from untaken.schemas.events.market import ClockTicked, ContextObserved, MarketBar, MarketQuote
from untaken.schemas.events.runs import RunDeclared
from untaken.schemas.events.signals import ExitSignalled, SignalEmitted
from untaken.schemas.kinds import Direction, Role
from untaken.streams.client import fields
from untaken.streams.client.composing import Composer, close_of_bar
from untaken.streams.client.delivery.courier import Courier
from untaken.streams.client.receipts import Fate, SignalFate

logger = logging.getLogger("untaken.client")

R = TypeVar("R", bound=Fate)
S = TypeVar("S", bound=SignalFate)


class HasSignal(Protocol):
    """Whatever refers to a signal: its receipt, its event, an object of the bot's own."""

    @property
    def signal_id(self) -> str: ...

    @property
    def symbol(self) -> str: ...


SignalRef: TypeAlias = HasSignal | str
"""A signal, or its id; beside a bare id `symbol=` must be given."""


class Reporter(Generic[R, S]):
    """Makes events of what a bot says, and hands them on; `R` and `S` are its receipts, `S` those of signals."""

    _receipt: type[R]
    _signal_receipt: type[S]

    def __init__(self, composer: Composer, courier: Courier, trace: Callable[[], str | None] | None) -> None:
        self._composer = composer
        self._courier = courier
        self._trace = trace

    @property
    def bot(self) -> str:
        return self._composer.bot

    @property
    def run(self) -> str:
        return self._composer.run

    def declare(self, account_currency: str, **more: Unpack[fields.RunFields]) -> R:
        """Say in which currency the bot counts, and what its strategies, guards and symbols are.

        The aliases in `symbols` hold for what this emitter sends from now on.
        """
        return self._post(RunDeclared, {"account_currency": account_currency, **more})

    def signal(
        self,
        symbol: str,
        strategy: str,
        direction: Direction,
        price: float,
        **more: Unpack[fields.SignalFields],
    ) -> S:
        """Report a strategy's wish to enter a trade, before any guard is asked.

        Where no `signal_id` is given it is derived from the candle (`candle_at`, else `timeframe` and time), so
        that a signal that stands and is reported again is known as the same one.
        """
        given = {"symbol": symbol, "strategy": strategy, "direction": direction, "price": price, **more}
        return self._report_signal(self._composer.signal(given), symbol)

    def approve(self, signal: SignalRef, guard: str, **more: Unpack[fields.DecisionFields]) -> R:
        """Report that a guard let a signal pass."""
        return self._decide("approved", signal, guard, more)

    def block(self, signal: SignalRef, guard: str, **more: Unpack[fields.DecisionFields]) -> R:
        """Report that a guard blocked a signal."""
        return self._decide("blocked", signal, guard, more)

    def expire(self, signal: SignalRef, **more: Unpack[fields.ExpiryFields]) -> R:
        """Report that a signal lapsed before it was filled."""
        return self._post(SignalExpired, {**_reference(signal), **more})

    def exit_signal(
        self, symbol: str, strategy: str, direction: Direction, **more: Unpack[fields.ExitFields]
    ) -> R:
        """Report that a strategy would close such positions now."""
        return self._post(
            ExitSignalled, {"symbol": symbol, "strategy": strategy, "direction": direction, **more}
        )

    def fill(
        self,
        trade_id: str,
        symbol: str,
        *,
        side: Literal["buy", "sell"],
        role: Role,
        price: float,
        qty: float,
        **more: Unpack[fields.FillFields],
    ) -> R:
        """Report that an order was executed, in whole or in part."""
        given = {
            "trade_id": trade_id,
            "symbol": symbol,
            "side": side,
            "role": role,
            "price": price,
            "qty": qty,
        }
        return self._post(OrderFilled, {**given, **more})

    def trade_closed(  # noqa: PLR0913 - what a trade is
        self,
        trade_id: str,
        symbol: str,
        direction: Direction,
        *,
        entry_at: fields.Time,
        exit_at: fields.Time,
        entry_price: float,
        exit_price: float,
        qty: float,
        pnl: float,
        pnl_pct: float,
        exit_reason: str,
        **more: Unpack[fields.TradeFields],
    ) -> R:
        """Report a position that is flat again; `pnl` is net of fees and funding, `at` the exit where left out."""
        given = {
            "at": exit_at,
            "trade_id": trade_id,
            "symbol": symbol,
            "direction": direction,
            "entry_at": entry_at,
            "exit_at": exit_at,
            "entry_price": entry_price,
            "exit_price": exit_price,
            "qty": qty,
            "pnl": pnl,
            "pnl_pct": pnl_pct,
            "exit_reason": exit_reason,
        }
        return self._post(TradeClosed, {**given, **more})

    def bar(
        self,
        symbol: str,
        interval: str,
        open_at: fields.Time,
        *,
        open: float,
        high: float,
        low: float,
        close: float,
        **more: Unpack[fields.BarFields],
    ) -> R:
        """Report a closed bar; `at` is its close, one interval after `open_at` where left out."""
        given: dict[str, Any] = {"symbol": symbol, "interval": interval, "open_at": open_at, **more}
        given |= {"open": open, "high": high, "low": low, "close": close}
        if given.get("at") is None:
            given["at"] = close_of_bar(interval, open_at)
        return self._post(MarketBar, given, of_run=False)

    def quote(self, symbol: str, bid: float, ask: float, **more: Unpack[fields.QuoteFields]) -> R:
        """Report best bid and ask."""
        return self._post(MarketQuote, {"symbol": symbol, "bid": bid, "ask": ask, **more}, of_run=False)

    def context(self, name: str, value: float, **more: Unpack[fields.ContextFields]) -> R:
        """Report an outside reading, such as sentiment or a funding rate."""
        return self._post(ContextObserved, {"name": name, "value": value, **more}, of_run=False)

    def clock(self, at: fields.Time | None = None) -> R:
        """Report that time has moved although nothing happened."""
        return self._post(ClockTicked, {"at": at}, of_run=False)

    def emit(self, event: Event) -> R | S:
        """Report an event that was made elsewhere; bot, run and mode are its own."""
        named = self._composer.named(event)
        if isinstance(named, SignalEmitted):
            return self._report_signal(named, getattr(event, "symbol", named.symbol))
        return self._report(named)

    def _decide(self, verdict: str, signal: SignalRef, guard: str, more: Mapping[str, Any]) -> R:
        return self._post(DecisionMade, {**_reference(signal), "guard": guard, "verdict": verdict, **more})

    def _post(self, model: type[Event], given: Mapping[str, Any], *, of_run: bool = True) -> R:
        return self._report(self._composer.compose(model, given, of_run=of_run))

    def _report(self, event: Event) -> R:
        if isinstance(event, RunDeclared):
            self._composer.learn(event)
        receipt = self._receipt(event.id, self._courier.news)
        self._send(event, receipt)
        return receipt

    def _report_signal(self, event: SignalEmitted, reported: str) -> S:
        receipt = self._signal_receipt(event.id, self._courier.news, event.signal_id, reported)
        self._send(event, receipt)
        return receipt

    def _send(self, event: Event, receipt: Fate) -> None:
        self._courier.send(event, receipt, None if self._trace is None else self._traced(self._trace))

    def _traced(self, trace: Callable[[], str | None]) -> str | None:
        try:
            return trace()
        except Exception:  # an event is worth more than its trace
            logger.exception("trace raised; the event is reported without one")
            return None


def _reference(signal: SignalRef) -> dict[str, Any]:
    if isinstance(signal, str):
        return {"signal_id": signal}
    return {"signal_id": signal.signal_id, "symbol": signal.symbol}
