"""What both emitters are made of: a log, a composer of events, a courier."""

import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from untaken.schemas.events.market import ClockTicked
from untaken.schemas.kinds import Mode
from untaken.streams.client.composing import Composer
from untaken.streams.client.delivery.carrier import Delivery
from untaken.streams.client.delivery.courier import Buffering, Courier
from untaken.streams.client.delivery.source import LogSource
from untaken.streams.client.delivery.spool import Spool
from untaken.streams.client.errors import EmitterMisused
from untaken.streams.client.identity import Ids, kept_run
from untaken.streams.client.metrics import Metrics
from untaken.streams.client.reporting import R, Reporter, S
from untaken.streams.logs.base import Clock, Log, system_clock
from untaken.streams.logs.kafka.options import KafkaOptions

_BUFFERING = Buffering()
_SPOOL = Path("untaken.spool")


class BaseEmitter(Reporter[R, S]):
    """Reports events to a log; how one waits for it is what emitters differ in."""

    _may_block: ClassVar[bool]
    """Whether the caller may wait: for a file to be opened at the start, for room in memory in a backtest."""

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
        kafka: KafkaOptions | None = None,
        trace: Callable[[], str | None] | None = None,
    ) -> None:
        waits = self._waits(buffering, mode)
        self._source = source = LogSource(log, buffering.log_timeout_s, kafka)
        if self._may_block:
            source.open()
        ids = Ids(clock)
        composer = Composer(bot, run or kept_run(source.beside(".run"), ids, clock()), mode, ids, clock)
        composer.compose(ClockTicked, {})  # a bot or run that no event may name is refused here
        directory = Path(spool) if spool else source.beside(".spool") or _SPOOL

        def new_delivery() -> Delivery:
            return Delivery(
                open_log=source,
                spool=Spool(directory, ids.next(), buffering.spool_bytes, backfill=backfill),
                monotonic=time.monotonic,
                hold=buffering.max_waiting,
                on_overflow=on_overflow or _ignore,
            )

        courier = Courier(new_delivery, buffering, backfill=backfill, wait_when_full=waits)
        super().__init__(composer, courier, trace)
        self._finalizer = weakref.finalize(self, end, courier, source)

    @property
    def metrics(self) -> Metrics:
        """Where the events are now, and what keeps them from the log."""
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
            delivery.behind_s,
        )

    def _waits(self, buffering: Buffering, mode: Mode) -> bool:
        asked = buffering.wait_when_full
        if asked and not self._may_block:
            raise EmitterMisused(
                f"{type(self).__name__}: wait_when_full was True, but an event loop must not be kept waiting: "
                "leave it out, and await emitter.drain() wherever a loop over history should wait for room"
            )
        return self._may_block and (mode == "backtest" if asked is None else asked)


def end(courier: Courier, source: LogSource, timeout_s: float = 10.0) -> None:
    """Deliver or spool everything, and close the log if it was opened for this and is not still at work."""
    if courier.close(timeout_s):
        source.close()


def _ignore(_: int) -> None:
    """Do nothing: lost events are counted and logged."""
