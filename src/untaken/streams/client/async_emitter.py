"""The emitter for bots on asyncio."""

import asyncio
from types import TracebackType
from typing import Self

from untaken.streams.client.awaited import AsyncReceipt, AsyncSignalReceipt, until
from untaken.streams.client.base import BaseEmitter, end


class AsyncEmitter(BaseEmitter[AsyncReceipt, AsyncSignalReceipt]):
    """Reports a bot's events to a log from an event loop, which is never kept waiting.

    The methods and guarantees of `Emitter`: each returns its receipt at once, without `await`. Awaiting the
    receipt waits until the event is durable and gives its offset. Use it in an `async with` statement, which
    also raises what only a person can put right about the log, such as a file that is none.

    A thread of its own delivers, so that several loops may share it. Events beyond `Buffering.max_waiting` are
    dropped also in a backtest: there `await emitter.drain()` now and then.
    """

    _may_block = False
    _receipt = AsyncReceipt
    _signal_receipt = AsyncSignalReceipt

    async def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until everything is in the log; False if the time has passed or something was spooled or lost."""
        goal = self._courier.goal()
        await until(self._courier.news, goal.reached, timeout_s)
        return goal.good()

    async def drain(self) -> None:
        """Wait until half of the memory for waiting events is free; at once where it is."""
        await until(self._courier.news, self._courier.has_room)

    async def close(self, timeout_s: float = 10.0) -> None:
        """Deliver what waits, spool what cannot be delivered, and stop; calling it again does nothing."""
        if self._finalizer.detach():
            await asyncio.to_thread(end, self._courier, self._source, timeout_s)

    async def __aenter__(self) -> Self:
        try:
            await asyncio.to_thread(self._source.open)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
