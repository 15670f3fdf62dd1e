"""The emitter: what a bot calls to report what it saw, decided and traded."""

import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple, Protocol, Self, TypeAlias, Unpack

from untaken.schemas.base import Event
from untaken.schemas.decisions import DecisionMade, SignalExpired
from untaken.schemas.executions import OrderFilled, TradeClosed
from untaken.schemas.kinds import Direction, Mode, Role
from untaken.schemas.market import ClockTicked, ContextObserved, MarketBar, MarketQuote
from untaken.schemas.runs import RunDeclared
from untaken.schemas.signals import ExitSignalled, SignalEmitted
from untaken.streams.client import fields
from untaken.streams.client.composing import Composer, close_of_bar
from untaken.streams.client.courier import Buffering, Courier
from untaken.streams.client.delivery import Delivery
from untaken.streams.client.identity import Ids, kept_run
from untaken.streams.client.receipts import Receipt, SignalReceipt
from untaken.streams.client.source import LogSource
from untaken.streams.client.spool import Spool
from untaken.streams.logs.base import Clock, Log, system_clock

_BUFFERING = Buffering()


class HasSignal(Protocol):
    """Whatever refers to a signal: its receipt, its event, an object of the bot's own."""

    @property
    def signal_id(self) -> str: ...

    @property
    def symbol(self) -> str: ...


SignalRef: TypeAlias = HasSignal | str
"""A signal, or its id; beside a bare id `symbol=` must be given."""


class Metrics(NamedTuple):
    """Where the events are: counts since the start, but for `waiting` (in memory) and `spool_bytes`, now.

    `failures`: attempts to write the log that failed. `problem`: why events do not reach the log now.
    """

    waiting: int
    delivered: int
    spooled: int
    dropped: int
    failures: int
    spool_bytes: int
    problem: str


class Emitter:
    """Reports a bot's events to a log, from any thread, without ever waiting for the log.

    Every method returns a `Receipt` at once. A mistake in an event raises `InvalidEvent` where it was made; a
    log that is locked, full, missing or broken raises nothing: its events are kept in a spool on disk and
    delivered later, in order, by this process or the next.

    `log`: URL, path or open log. `run`: where left out, an id that is made once and kept beside the log in
    `<log>.run`. `spool`: directory, `<log>.spool` where left out. `backfill`: the events are history, which is
    never too late. `on_overflow` is called with the number of events lost to a full spool.

    Close it, or use it in a `with` statement, to have everything delivered; the end of the program does it
    too, but not that of a process made by `multiprocessing`. After a fork parent and child go on by themselves.
    """

    def __init__(  # noqa: PLR0913 - settings, each with its default
        self,
        log: Log | str | Path,
        bot: str,
        *,
        run: str | None = None,
        mode: Mode = "live",
        backfill: bool = False,
        spool: str | Path | None = None,
        buffering: Buffering = _BUFFERING,
        on_overflow: Callable[[int], None] | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self._source = source = LogSource(log, buffering.log_timeout_s, clock)
        ids = Ids(clock)
        self.run = run or kept_run(_beside(source.file, ".run"), ids, clock())
        self._composer = Composer(bot, self.run, mode, ids, clock)
        self._composer.compose(ClockTicked, {})  # a bot or run that no event may name is refused here
        directory = Path(spool) if spool else _beside(source.file, ".spool") or Path("untaken.spool")

        def new_delivery() -> Delivery:
            return Delivery(
                open_log=source,
                spool=Spool(directory, ids.next(), buffering.spool_bytes, backfill=backfill),
                monotonic=time.monotonic,
                hold=buffering.max_waiting,
                on_overflow=on_overflow or _ignore,
            )

        self._courier = Courier(
            new_delivery,
            buffering,
            backfill=backfill,
            wait_when_full=mode == "backtest"
            if buffering.wait_when_full is None
            else buffering.wait_when_full,
        )
        self._finalizer = weakref.finalize(self, _end, self._courier, source)

    def declare(self, account_currency: str, **more: Unpack[fields.RunFields]) -> Receipt:
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
    ) -> SignalReceipt:
        """Report a strategy's wish to enter a trade, before any guard is asked.

        Where no `signal_id` is given it is derived from the candle (`candle_at`, else `timeframe` and time), so
        that a signal that stands and is reported again is known as the same one.
        """
        given = {"symbol": symbol, "strategy": strategy, "direction": direction, "price": price, **more}
        receipt = self._send(self._composer.signal(given), symbol)
        assert isinstance(receipt, SignalReceipt)
        return receipt

    def approve(self, signal: SignalRef, guard: str, **more: Unpack[fields.DecisionFields]) -> Receipt:
        """Report that a guard let a signal pass."""
        return self._decide("approved", signal, guard, more)

    def block(self, signal: SignalRef, guard: str, **more: Unpack[fields.DecisionFields]) -> Receipt:
        """Report that a guard blocked a signal."""
        return self._decide("blocked", signal, guard, more)

    def expire(self, signal: SignalRef, **more: Unpack[fields.ExpiryFields]) -> Receipt:
        """Report that a signal lapsed before it was filled."""
        return self._post(SignalExpired, {**_reference(signal), **more})

    def exit_signal(
        self, symbol: str, strategy: str, direction: Direction, **more: Unpack[fields.ExitFields]
    ) -> Receipt:
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
    ) -> Receipt:
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
    ) -> Receipt:
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
    ) -> Receipt:
        """Report a closed bar; `at` is its close, one interval after `open_at` where left out."""
        given: dict[str, Any] = {"symbol": symbol, "interval": interval, "open_at": open_at, **more}
        given |= {"open": open, "high": high, "low": low, "close": close}
        if given.get("at") is None:
            given["at"] = close_of_bar(interval, open_at)
        return self._post(MarketBar, given, of_run=False)

    def quote(self, symbol: str, bid: float, ask: float, **more: Unpack[fields.QuoteFields]) -> Receipt:
        """Report best bid and ask."""
        return self._post(MarketQuote, {"symbol": symbol, "bid": bid, "ask": ask, **more}, of_run=False)

    def context(self, name: str, value: float, **more: Unpack[fields.ContextFields]) -> Receipt:
        """Report an outside reading, such as sentiment or a funding rate."""
        return self._post(ContextObserved, {"name": name, "value": value, **more}, of_run=False)

    def clock(self, at: fields.Time | None = None) -> Receipt:
        """Report that time has moved although nothing happened."""
        return self._post(ClockTicked, {"at": at}, of_run=False)

    def emit(self, event: Event) -> Receipt:
        """Report an event that was made elsewhere; bot, run and mode are its own."""
        return self._send(self._composer.named(event), getattr(event, "symbol", None))

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until everything is in the log; False if the time has passed or something was spooled or lost."""
        return self._courier.flush(timeout_s)

    def close(self, timeout_s: float = 10.0) -> None:
        """Deliver what waits, spool what cannot be delivered, and stop; calling it again does nothing."""
        if self._finalizer.detach():
            _end(self._courier, self._source, timeout_s)

    @property
    def metrics(self) -> Metrics:
        delivery = self._courier.delivery
        tally = delivery.tally
        return Metrics(
            self._courier.waiting,
            tally.delivered,
            tally.spooled,
            tally.dropped,
            tally.failures,
            delivery.spool.size,
            tally.problem,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _decide(self, verdict: str, signal: SignalRef, guard: str, more: Mapping[str, Any]) -> Receipt:
        return self._post(DecisionMade, {**_reference(signal), "guard": guard, "verdict": verdict, **more})

    def _post(self, model: type[Event], given: Mapping[str, Any], *, of_run: bool = True) -> Receipt:
        return self._send(self._composer.compose(model, given, of_run=of_run))

    def _send(self, event: Event, reported: str | None = None) -> Receipt:
        news = self._courier.news
        if isinstance(event, SignalEmitted):
            receipt: Receipt = SignalReceipt(event.id, news, event.signal_id, reported or event.symbol)
        else:
            receipt = Receipt(event.id, news)
        if isinstance(event, RunDeclared):
            self._composer.learn(event)
        self._courier.send(event, receipt)
        return receipt


def _reference(signal: SignalRef) -> dict[str, Any]:
    if isinstance(signal, str):
        return {"signal_id": signal}
    return {"signal_id": signal.signal_id, "symbol": signal.symbol}


def _beside(file: Path | None, ending: str) -> Path | None:
    return file and file.with_name(file.name + ending)


def _end(courier: Courier, source: LogSource, timeout_s: float = 10.0) -> None:
    courier.close(timeout_s)
    source.close()


def _ignore(_: int) -> None:
    """Do nothing: lost events are counted and logged."""
