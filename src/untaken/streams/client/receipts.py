"""Receipts: what became of an emitted event."""

import os
from collections.abc import Callable
from threading import Condition
from typing import Literal, Protocol, TypeAlias

State: TypeAlias = Literal["waiting", "spooled", "delivered", "dropped"]


class Listener(Protocol):
    """Somebody who waits elsewhere than in a thread."""

    def heard(self) -> bool:
        """Return True if nothing more has to be told; called in the deliverer's thread, so it must not wait."""


class News:
    """Wakes those who wait for a receipt, and hurries the deliverer on their behalf."""

    def __init__(self, hurry: Callable[[], None]) -> None:
        self.changed = Condition()
        self.hurry = hurry
        self._listeners: list[Listener] = []
        self._process = os.getpid()

    @property
    def ours(self) -> bool:
        """Whether the deliverer lives in this process; that of a forked child's parent tells the child nothing."""
        return self._process == os.getpid()

    def wait(self, reached: Callable[[], bool], timeout_s: float | None) -> None:
        """Wait until something is so, or the time has passed."""
        if not reached() and self.ours:
            self.hurry()
            with self.changed:
                self.changed.wait_for(reached, timeout_s)

    def listen(self, listener: Listener) -> None:
        """Tell a listener of every change, until it has heard enough."""
        with self.changed:
            if not listener.heard():
                self._listeners.append(listener)

    def announce(self) -> None:
        """Say that something has changed."""
        with self.changed:
            self.changed.notify_all()
            self._listeners = [listener for listener in self._listeners if not listener.heard()]


class Fate:
    """What becomes of one event.

    `state`: waiting (in memory), spooled (on this machine's disk, to be delivered later), delivered (durable
    in the log), dropped (lost: the spool was full). `offset` is its place in the log once it is delivered.
    """

    __slots__ = ("id", "news", "offset", "state")

    def __init__(self, event_id: str, news: News) -> None:
        self.id = event_id
        self.state: State = "waiting"
        self.offset: int | None = None
        self.news = news

    @property
    def done(self) -> bool:
        """Whether nothing more will happen to it: it is delivered or dropped."""
        return self.state in {"delivered", "dropped"}

    def __repr__(self) -> str:
        place = "" if self.offset is None else f" at {self.offset}"
        return f"<{type(self).__name__} {self.id} {self.state}{place}>"


class SignalFate(Fate):
    """What becomes of a signal."""

    __slots__ = ("signal_id", "symbol")

    def __init__(self, event_id: str, news: News, signal_id: str, symbol: str) -> None:
        super().__init__(event_id, news)
        self.signal_id = signal_id
        self.symbol = symbol


class Receipt(Fate):
    """The fate of one event, which a thread can wait for."""

    __slots__ = ()

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Wait until the event is durable in the log and return its offset.

        None: the time has passed, or the event was dropped. A log that is down raises nothing. In a forked
        child a receipt of the parent returns at once, since only the parent can deliver it.
        """
        self.news.wait(lambda: self.done, timeout_s)
        return self.offset


class SignalReceipt(SignalFate, Receipt):
    """The fate of a signal; pass it on where a guard's verdict or an expiry refers to the signal."""

    __slots__ = ()
