"""Receipts: what became of an emitted event."""

import os
from collections.abc import Callable
from threading import Condition
from typing import Literal, TypeAlias

State: TypeAlias = Literal["waiting", "spooled", "delivered", "dropped"]


class News:
    """Wakes those who wait for a receipt, and hurries the deliverer on their behalf."""

    def __init__(self, hurry: Callable[[], None]) -> None:
        self.changed = Condition()
        self.hurry = hurry
        self.process = os.getpid()


class Receipt:
    """The fate of one event.

    `state`: waiting (in memory), spooled (on this machine's disk, to be delivered later), delivered (durable
    in the log), dropped (lost: the spool was full). `offset` is its place in the log once it is delivered.
    """

    __slots__ = ("_news", "id", "offset", "state")

    def __init__(self, event_id: str, news: News) -> None:
        self.id = event_id
        self.state: State = "waiting"
        self.offset: int | None = None
        self._news = news

    @property
    def done(self) -> bool:
        """Whether nothing more will happen to it: it is delivered or dropped."""
        return self.state in {"delivered", "dropped"}

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Wait until the event is durable in the log and return its offset.

        None: the time has passed, or the event was dropped. A log that is down raises nothing. In a forked
        child a receipt of the parent returns at once, since only the parent can deliver it.
        """
        news = self._news
        if not self.done and news.process == os.getpid():
            news.hurry()
            with news.changed:
                news.changed.wait_for(lambda: self.done, timeout_s)
        return self.offset

    def __repr__(self) -> str:
        place = "" if self.offset is None else f" at {self.offset}"
        return f"<{type(self).__name__} {self.id} {self.state}{place}>"


class SignalReceipt(Receipt):
    """The fate of a signal; pass it on where a guard's verdict or an expiry refers to the signal."""

    __slots__ = ("signal_id", "symbol")

    def __init__(self, event_id: str, news: News, signal_id: str, symbol: str) -> None:
        super().__init__(event_id, news)
        self.signal_id = signal_id
        self.symbol = symbol
