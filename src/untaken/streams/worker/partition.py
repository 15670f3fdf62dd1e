"""One partition at work: a thread that reads, applies and publishes until it is asked to stop."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from untaken.errors import UntakenError
from untaken.streams.chain.chain import BEGINNING, Applied
from untaken.streams.engine import Engine
from untaken.streams.faults import point
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.published.writing.outbox import Outbox
from untaken.streams.published.writing.publisher import Publisher
from untaken.streams.published.writing.transactions import Superseded
from untaken.streams.store.state import State, StateInUse
from untaken.streams.worker.options import WorkerOptions
from untaken.streams.worker.standing import Standing
from untaken.streams.worker.turns import Turns

logger = logging.getLogger(__name__)

IDLE_S = 0.5
"""How long an idle partition waits for records before it looks whether it is to stop."""

REST_S = 0.25
"""Longest rest between two batches that were not full."""

BACKOFF_S = (0.2, 30.0)

CACHE_MIB, LEAST_CACHE_MIB = 256, 8
"""Pages of all states that a worker keeps in memory: shared out among the partitions of its log, each this at least."""


class Shared:
    """What the partitions of one worker have in common."""

    def __init__(self, log: KafkaLog, options: WorkerOptions) -> None:
        self.log = log
        self.options = options
        self.turns = Turns(options.parallel)


@dataclass(frozen=True)
class Work:
    """What is open while a partition is served."""

    engine: Engine
    publisher: Publisher
    loop: asyncio.Runner
    """The loop of the publisher, which turns while something is published and rests in between."""

    def publish(self, *, caught_up: bool) -> bool:
        """Publish what changed, and return whether all of it is public now.

        While the state is behind a log that other workers have published further, nothing goes out.
        """
        point("worker.before-publish")
        self.loop.run(self.publisher.publish(caught_up=caught_up))
        point("worker.published")
        return self.publisher.goes_on


class Partition:
    """Serves one partition, again and again from its state should anything fail."""

    def __init__(self, number: int, shared: Shared) -> None:
        self.standing = Standing(number)
        self.number = number
        self._shared = shared
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"untaken-partition-{number}", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to finish the batch at hand, publish it and let the state go."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stopping.is_set()

    def join(self, timeout_s: float) -> bool:
        """Wait until it has stopped; return whether it has."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._opened() as work:
                    self._serve(work)
            except Superseded as error:
                self._explain(str(error), quietly=self._stopping.is_set())
                self._stopping.wait(self._shared.options.session_s)  # by then the group has said whose it is
            except UntakenError as error:
                self._explain(str(error), quietly=isinstance(error, StateInUse))
            except Exception as error:  # whatever it is, the other partitions go on
                sentence = f"{type(error).__name__}: {error}"
                if sentence != self.standing.error:
                    logger.exception("partition %d failed and tries again", self.number)
                self._explain(sentence, quietly=True)
            self._stopping.wait(self._pause_s())
        self.standing.open = False

    def _explain(self, sentence: str, *, quietly: bool) -> None:
        """Tell once why the partition does not go on; it is tried again in any case."""
        if sentence != self.standing.error and not quietly:
            logger.error("partition %d waits and tries again: %s", self.number, sentence)
        self.standing.failed(sentence)

    def _pause_s(self) -> float:
        first, longest = BACKOFF_S
        doubled = first * 2.0 ** min(self.standing.failed_in_a_row, 10)
        return min(longest, doubled) * random.uniform(0.5, 1.0)  # noqa: S311 - so that workers do not move in step

    @contextmanager
    def _opened(self) -> Iterator[Work]:
        """Open the state and take the partition over: from here on, nobody else can publish it."""
        shared = self._shared
        state = State(shared.options.state_file(self.number))
        try:
            share = max(LEAST_CACHE_MIB, CACHE_MIB // shared.log.partitions)
            state.connection.execute(f"PRAGMA cache_size = -{share << 10}")
            outbox = Outbox(state)
            engine = Engine(shared.log.partition(self.number), state, outbox)
            publisher = Publisher(shared.log.address, shared.options.app, self.number, engine.chain, outbox)
            with asyncio.Runner() as loop:
                try:
                    goes_on = loop.run(publisher.begin())
                    logger.info(
                        "partition %d is ours: %s", self.number, "going on" if goes_on else "reading up first"
                    )
                    engine.read_the_unread()
                    self._stand(engine)
                    self.standing.open = True
                    yield Work(engine, publisher, loop)
                finally:
                    loop.run(publisher.close())
        finally:
            self.standing.open = False
            state.close()

    def _serve(self, work: Work) -> None:
        everything_public = False
        while not self._stopping.is_set():
            started = time.monotonic()
            with self._turn():
                applied = work.engine.step(self._shared.options.batch_records)
            self._stand(work.engine)
            self.standing.idle = False
            if applied is None:
                everything_public = everything_public or self._publish_to_the_end(work)
                self._idle(work)
                continue
            point("worker.applied")
            everything_public = work.publish(caught_up=False)
            self._done(work, applied, time.monotonic() - started)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Compute when it is our turn; waiting for it is no standing still."""
        self.standing.waits = True
        with self._shared.turns.taken():
            self.standing.waits = False
            yield

    def _publish_to_the_end(self, work: Work) -> bool:
        """Publish at the end of the log; a comparison with the topics holds all their keys, so it takes turns."""
        with nullcontext() if work.publisher.goes_on else self._turn():
            return work.publish(caught_up=True)

    def _done(self, work: Work, applied: Applied, took_s: float) -> None:
        """Count a batch; then let records gather for as long as it took, unless there are plenty."""
        if work.publisher.goes_on:
            self.standing.published_s = time.monotonic()
        self.standing.applied(applied, took_s)
        self.standing.went_well()
        if applied.records < self._shared.options.batch_records:
            self._stopping.wait(min(REST_S, took_s))

    def _idle(self, work: Work) -> None:
        self.standing.idle = True
        self.standing.committed_s = self.standing.published_s = time.monotonic()
        self.standing.went_well()
        work.engine.log.wait(work.engine.chain.position or work.engine.log.start(), IDLE_S)

    def _stand(self, engine: Engine) -> None:
        chain = engine.chain
        watermark = chain.watermark
        self.standing.position = chain.position or engine.log.start()
        self.standing.watermark_us = watermark if watermark > BEGINNING else None
