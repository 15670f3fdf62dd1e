"""Small builders for tests of the client."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from tests.streams.logs.builders import Ticking, ids_of, values_of
from untaken.schemas.base import Event
from untaken.schemas.codec import decode
from untaken.streams.client import AsyncEmitter, Buffering, Emitter
from untaken.streams.logs import Entry, Log, LogLocked
from untaken.streams.logs.memory import MemoryLog

T = TypeVar("T")

NOON = datetime(2024, 3, 4, 12, tzinfo=UTC)
WAIT_S = 60.0

__all__ = ["NOON", "WAIT_S", "Moody", "Ticking", "async_emitter", "emitter", "events_of", "ids_of", "run"]


class Moody(MemoryLog):
    """A log that is down while `down` is set."""

    def __init__(self) -> None:
        super().__init__(Ticking())
        self.down = False
        self.attempts = 0

    def append(self, entries: Sequence[Entry]) -> list[int]:
        self.attempts += 1
        if self.down:
            raise LogLocked(Path("bot.db"), 2)
        return super().append(entries)


def emitter(log: Log | None = None, **more: object) -> Emitter:
    made = MemoryLog() if log is None else log
    return Emitter(made, **{"bot": "demo", "clock": Ticking(), **more})  # type: ignore[arg-type]


def events_of(log: Log) -> list[Event]:
    return [decode(value) for value in values_of(log)]


def small(**more: object) -> Buffering:
    return Buffering(**{"max_delay_s": 0.0, **more})  # type: ignore[arg-type]


def run(bot: Coroutine[Any, Any, T]) -> T:
    """Run a bot, and fail instead of waiting for ever."""

    async def within() -> T:
        async with asyncio.timeout(WAIT_S):
            return await bot

    return asyncio.run(within())


def async_emitter(log: Log | None = None, **more: object) -> AsyncEmitter:
    made = MemoryLog() if log is None else log
    return AsyncEmitter(made, **{"bot": "demo", "clock": Ticking(), **more})  # type: ignore[arg-type]
