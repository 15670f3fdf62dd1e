"""Receipts for asyncio: waiting for the deliverer's thread without blocking the loop."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any

from untaken.streams.client.receipts import Fate, News, SignalFate


class _Pending:
    """A future of a loop that is fulfilled from the deliverer's thread."""

    def __init__(self, reached: Callable[[], bool]) -> None:
        self._reached = reached
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[None] = self._loop.create_future()

    def heard(self) -> bool:
        if self.future.cancelled():
            return True
        if self._reached():
            with suppress(RuntimeError):  # the loop has been closed, so nobody waits any more
                self._loop.call_soon_threadsafe(self._fulfil)
            return True
        return False

    def _fulfil(self) -> None:
        if not self.future.done():
            self.future.set_result(None)


async def until(news: News, reached: Callable[[], bool], timeout_s: float | None = None) -> None:
    """Wait until something is so, or the time has passed; the deliverer is told to hurry."""
    if reached() or not news.ours:
        return
    pending = _Pending(reached)
    news.listen(pending)
    news.hurry()
    with suppress(TimeoutError):
        await asyncio.wait_for(pending.future, timeout_s)


class AsyncReceipt(Fate):
    """The fate of one event. Awaiting it waits until the event is durable in the log and gives its offset.

    None: the event was dropped. A log that is down raises nothing and is waited for; `asyncio.wait_for`, or
    `asyncio.timeout`, says for how long. In a forked child a receipt of the parent gives its state as it is.
    """

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, int | None]:
        yield from until(self.news, lambda: self.done).__await__()
        return self.offset


class AsyncSignalReceipt(SignalFate, AsyncReceipt):
    """The fate of a signal; pass it on where a guard's verdict or an expiry refers to the signal."""

    __slots__ = ()
