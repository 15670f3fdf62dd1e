"""The emitter: what a bot calls to report what it saw, decided and traded."""

from types import TracebackType
from typing import Self

from untaken.streams.client.base import BaseEmitter, end
from untaken.streams.client.receipts import Receipt, SignalReceipt


class Emitter(BaseEmitter[Receipt, SignalReceipt]):
    """Reports a bot's events to a log, from any thread, without ever waiting for the log.

    Every method returns a `Receipt` at once. A mistake in an event raises `InvalidEvent` where it was made; a
    log that is locked, full, missing, broken or out of reach raises nothing: its events are kept in a spool on
    disk and delivered later, in order, by this process or the next.

    `log`: URL, path or open log. `run`: where left out, an id that is made once and kept beside the log in
    `<log>.run`. `spool`: directory, `<log>.spool` where left out; for Kafka both are named after prefix, host and
    port, in the current directory. `backfill`: the events are history, which is never too late. `on_overflow` is
    called with the number of events that were lost, mostly to a full spool. `clock`: microseconds, the time of events
    that are given none; when an event arrived is said by the log's own clock. `kafka`: how brokers are reached.
    `trace` is asked with every event for the W3C `traceparent` of what is going on; it becomes a header on Kafka, and
    is lost where the event had to be spooled. What it raises is logged, and the event goes out without it.

    Close it, or use it in a `with` statement, to have everything delivered; the end of the program does it
    too, but not that of a process made by `multiprocessing`. After a fork parent and child go on by themselves.
    """

    _may_block = True
    _receipt = Receipt
    _signal_receipt = SignalReceipt

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until everything is in the log; False if the time has passed or something was spooled or lost."""
        goal = self._courier.goal()
        self._courier.news.wait(goal.reached, timeout_s)
        return goal.good()

    def close(self, timeout_s: float = 10.0) -> None:
        """Deliver what waits, spool what cannot be delivered, and stop; calling it again does nothing."""
        if self._finalizer.detach():
            end(self._courier, self._source, timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
