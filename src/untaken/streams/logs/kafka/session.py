"""What an open Kafka log holds on to: an event loop in a thread, a client for questions, a writer."""

import os
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError
from threading import Lock
from typing import Any, TypeVar

from untaken.streams.logs.base import Entry
from untaken.streams.logs.errors import LogClosed
from untaken.streams.logs.forking import survive_forks
from untaken.streams.logs.kafka.admin import Admin
from untaken.streams.logs.kafka.connecting import Connector, Deadline
from untaken.streams.logs.kafka.fetching import Fetched, Fetcher, Take, Taken
from untaken.streams.logs.kafka.loop import LoopThread
from untaken.streams.logs.kafka.naming import TopicPartition
from untaken.streams.logs.kafka.routing import Router
from untaken.streams.logs.kafka.writing import Writer

Result = TypeVar("Result")


class Connections:
    """One process's connections, all used within one event loop."""

    def __init__(self, connector: Connector) -> None:
        self.loop = LoopThread("untaken-kafka")
        self._connector = connector
        self._client: Any = None
        self.writer = Writer(connector)

    async def client(self) -> Any:
        if self._client is None:
            self._client = await self._connector.client(Deadline(self._connector.patience_s))
        return self._client

    def close(self) -> None:
        self.loop.run(self._end())
        self.loop.close()

    async def _end(self) -> None:
        await self.writer.close()
        if self._client is not None:
            await self._client.close()


class Session:
    """Runs what other threads ask for; a forked child makes connections of its own on first use."""

    def __init__(self, connector: Connector) -> None:
        self.connector = connector
        self._lock = Lock()
        self._connections: Connections | None = None
        self._inherited: list[Connections] = []
        self._process = os.getpid()
        self._ended = False
        survive_forks(self)

    def ends(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return self._asked(lambda fetcher: fetcher.ends(places))

    def firsts(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return self._asked(lambda fetcher: fetcher.firsts(places))

    def fetch(
        self, positions: Mapping[TopicPartition, int], take: Take[Taken], wait_s: float
    ) -> list[Fetched[Taken]]:
        return self._asked(lambda fetcher: fetcher.fetch(positions, take, wait_s))

    def administer(self, task: Callable[[Admin, Any], Coroutine[Any, Any, Result]]) -> Result:
        """Make or describe topics."""
        connections = self._open()

        async def administered() -> Result:
            return await task(Admin(self.connector), await connections.client())

        return self._run(connections, administered())

    def append(self, entries: Sequence[Entry], router: Router) -> list[int]:
        connections = self._open()
        return self._run(connections, connections.writer.append(entries, router))

    def _asked(self, question: Callable[[Fetcher], Coroutine[Any, Any, Result]]) -> Result:
        connections = self._open()

        async def asked() -> Result:
            return await question(Fetcher(self.connector, await connections.client()))

        return self._run(connections, asked())

    def demand_open(self) -> None:
        if self._ended:
            raise LogClosed(self.connector.address.url)

    def close(self) -> None:
        with self._lock:
            self._ended = True
            connections, self._connections = self._connections, None
        if connections is not None:
            connections.close()

    def _run(self, connections: Connections, task: Coroutine[Any, Any, Result]) -> Result:
        try:
            return connections.loop.run(task)
        except CancelledError:
            raise LogClosed(self.connector.address.url) from None

    def before_fork(self) -> None:
        self._lock.acquire()

    def after_fork(self) -> None:
        if os.getpid() != self._process:
            self._process = os.getpid()
            if self._connections is not None:
                # Its thread stayed with the parent, its sockets are the parent's: it is kept, and left alone.
                self._inherited.append(self._connections)
                self._connections = None
        self._lock.release()

    def _open(self) -> Connections:
        with self._lock:
            self.demand_open()
            if self._connections is None:
                self._connections = Connections(self.connector)
            return self._connections
