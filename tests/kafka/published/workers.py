"""Workers in this process: an engine and a publisher for each partition of a log."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from untaken.streams.chain.chain import Chain
from untaken.streams.engine import Engine
from untaken.streams.logs.base import Entry
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.published.writing.outbox import Outbox
from untaken.streams.published.writing.publisher import Published, Publisher
from untaken.streams.published.writing.transactions import TransactionalWriter
from untaken.streams.store.state import State

APP = "workers"

Result = TypeVar("Result")


class Worker:
    """One partition's engine and publisher; every call publishes from an event loop of its own."""

    def __init__(
        self,
        log: KafkaLog,
        partition: int,
        state: Path | None = None,
        *,
        most: int = 10_000,
        app: str = APP,
    ) -> None:
        self.log = log
        self.app = app
        self.partition = partition
        self.state = State(state)
        self.outbox = Outbox(self.state)
        self.engine = Engine(log.partition(partition), self.state, self.outbox)
        self.most = most

    @property
    def chain(self) -> Chain:
        return self.engine.chain

    def catch_up(self) -> None:
        """Read to the end of the log."""
        self.engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)

    def step(self, records: int) -> None:
        """Apply one batch."""
        self.engine.step(records)

    def publish(self, *, caught_up: bool = True) -> Published:
        """Take the partition over and publish."""
        return self.within(lambda publisher: publisher.publish(caught_up=caught_up))

    def within(self, then: Callable[[Publisher], Coroutine[Any, Any, Result]]) -> Result:
        """Begin, do something with the publisher, and close it."""

        async def done() -> Result:
            publisher = Publisher(
                self.log.address, self.app, self.partition, self.chain, self.outbox, most=self.most
            )
            try:
                await publisher.begin()
                result = await then(publisher)
            finally:
                await publisher.close()
            await self._seen()
            return result

        return asyncio.run(done())

    async def _seen(self) -> None:
        """Wait until what was committed is visible: brokers mark it in the partitions only after the commit returned.

        A producer of the same name may start once they have.
        """
        writer = TransactionalWriter(self.log.address, self.app, self.partition)
        await writer.start()
        await writer.close()

    def close(self) -> None:
        self.state.close()


@contextmanager
def workers(log: KafkaLog, folder: Path | None = None) -> Iterator[list[Worker]]:
    """Open a worker for each partition; states in a folder, or in memory."""
    made = [
        Worker(log, number, None if folder is None else folder / f"{number}.db")
        for number in range(log.partitions)
    ]
    try:
        yield made
    finally:
        for worker in made:
            worker.close()


def worked(log: KafkaLog, entries: Sequence[Entry] = ()) -> None:
    """Append, let one worker a partition read to the end, and publish."""
    if entries:
        log.append(entries)
    with workers(log) as all_of_them:
        for worker in all_of_them:
            worker.catch_up()
            worker.publish()
