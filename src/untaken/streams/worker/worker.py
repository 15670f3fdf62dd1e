"""The worker process: it joins the group, serves what it is given, keeps watch, and leaves in order."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Callable

from untaken.errors import UntakenError
from untaken.streams.logs.base import Position
from untaken.streams.logs.errors import LogError
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.worker.assignment import Assignment
from untaken.streams.worker.membership import MemberApp
from untaken.streams.worker.metrics import Condition, MetricsServer
from untaken.streams.worker.offsets import OffsetNotes
from untaken.streams.worker.options import WorkerOptions
from untaken.streams.worker.partition import Shared
from untaken.streams.worker.ticking import Ticker
from untaken.streams.worker.watchdog import PartitionStalled, Watchdog

logger = logging.getLogger(__name__)

LEADING = 0
"""Whoever serves this partition tells the clock for all."""

_JOIN_S = 5.0
_LEAVE_S = 15.0


class MembershipLost(UntakenError):
    """Faust has given up; the worker ends with an error, to be started again."""


class WorkerStuck(UntakenError):
    """A batch did not end in time after the worker was asked to stop; the process ends without it."""


class Worker:
    """One worker of one log. `run` returns when it was asked to stop, and raises what ended it otherwise."""

    def __init__(self, log: KafkaLog, options: WorkerOptions, asked: threading.Event | None = None) -> None:
        self._log = log
        self._options = options
        self._shared = Shared(log, options)
        self._assignment = Assignment(self._shared)
        self._watchdog = Watchdog(options.stall_s)
        self._ticker = Ticker(options.tick_s)
        self._ticks = 0
        self._joined = False
        self._asked = asked or threading.Event()
        self._ended = threading.Event()

    def run(self) -> None:
        """Work until SIGTERM, SIGINT or `stop`. Raises PartitionStalled, MembershipLost or WorkerStuck."""
        self._options.state_directory.mkdir(parents=True, exist_ok=True)
        metrics = self._metrics()
        try:
            asyncio.run(self._run())
        finally:
            self._ended.set()
            if metrics is not None:
                metrics.close()

    def stop(self) -> None:
        """Ask the worker to finish its batches and leave; from any thread."""
        self._asked.set()

    @property
    def ended(self) -> bool:
        """Whether it works no more."""
        return self._ended.is_set()

    def condition(self) -> Condition:
        """Return how the worker is."""
        assignment = self._assignment
        return Condition(assignment.standings, assignment.changes, self._ticks, self._joined)

    def _metrics(self) -> MetricsServer | None:
        options = self._options
        if options.metrics_port is None:
            return None
        server = MetricsServer(options.metrics_host, options.metrics_port, self.condition)
        logger.info("metrics are at http://%s:%d/metrics", options.metrics_host, server.port)
        return server

    async def _run(self) -> None:
        self._listen()
        app = MemberApp(self._log.address, self._options, self._given)
        joining = asyncio.create_task(app.start())
        looking = asyncio.create_task(self._look(app))
        try:
            await self._until_asked(joining, looking)
        finally:
            await self._leave(app, joining, looking)

    def _listen(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, self.stop)

    def _given(self, partitions: frozenset[int]) -> None:
        logger.info("serving partitions %s", sorted(partitions) or "none")
        self._assignment.follow(partitions)
        self._joined = True

    async def _until_asked(self, *tasks: asyncio.Task[None]) -> None:
        """Return once asked to stop; raise what ends a task before."""
        pending: set[asyncio.Task[None]] = set(tasks)
        while not self._asked.is_set():
            done, pending = await asyncio.wait(pending, timeout=0.1, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()

    async def _leave(self, app: MemberApp, joining: asyncio.Task[None], looking: asyncio.Task[None]) -> None:
        """Let partitions finish first, then the group know; so nobody else works on what is not finished."""
        stuck = await asyncio.to_thread(self._assignment.stop, self._options.stop_s)
        looking.cancel()
        await asyncio.wait({joining}, timeout=_JOIN_S)  # Faust cannot stop what it has half begun
        try:
            await asyncio.wait_for(app.stop(), _LEAVE_S)
        except TimeoutError:
            logger.warning("the group did not let go in time; it will notice that this worker is gone")
        joining.cancel()
        await asyncio.gather(joining, looking, return_exceptions=True)
        if stuck:
            raise WorkerStuck(
                f"partitions {stuck} did not finish their batch within {self._options.stop_s:g} s: "
                "the process ends without them; nothing is lost, their batch is read again"
            )

    async def _look(self, app: MemberApp) -> None:
        """Again and again: ends of the log, watchdog, clock, offsets."""
        notes = OffsetNotes(self._log.address, self._options.app)
        try:
            while True:
                await asyncio.sleep(self._options.look_s)
                await self._look_once(app, notes)
        finally:
            await notes.close()

    async def _look_once(self, app: MemberApp, notes: OffsetNotes) -> None:
        if app.crashed:
            raise MembershipLost(f"the membership of group {self._options.app} ended ({app.crash_reason!r})")
        ends = await self._quietly(self._log.end)
        if ends is not None:
            self._watch(ends)
            await self._tell_the_clock()
            await notes.note([standing.position for standing in self._assignment.standings])

    async def _quietly(self, asked: Callable[[], Position]) -> Position | None:
        """Ask the log; a broker that is away is the partitions' to complain of."""
        try:
            return await asyncio.to_thread(asked)
        except LogError as error:
            logger.debug("%s", error)
            return None

    def _watch(self, ends: Position) -> None:
        now_s = time.monotonic()
        standings = self._assignment.standings
        self._watchdog.only([standing.partition for standing in standings])
        for standing in standings:
            streams = standing.position or [s for s in ends if s.endswith(f"[{standing.partition}]")]
            standing.end = {stream: ends[stream] for stream in streams if stream in ends}
            stalled = self._watchdog.look(
                standing.partition,
                standing.position,
                standing.end,
                now_s,
                standing.error,
                waits=standing.waits,
            )
            if stalled is not None:
                raise stalled

    async def _tell_the_clock(self) -> None:
        standings = self._assignment.standings
        if LEADING not in {standing.partition for standing in standings}:
            return
        now_us = time.time_ns() // 1000
        watermarks = [standing.watermark_us for standing in standings]
        if self._ticker.due(watermarks, now_us, everywhere=len(standings) == self._log.partitions):
            try:
                await asyncio.to_thread(self._log.append, [self._ticker.tick(now_us)])
                self._ticks += 1
            except LogError as error:
                logger.warning("the clock could not be told: %s", error)


__all__ = ["MembershipLost", "PartitionStalled", "Worker", "WorkerStuck"]
