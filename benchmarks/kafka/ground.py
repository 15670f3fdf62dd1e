"""What all parts stand on: logs of one broker, workers as processes, and the topic `progress` as anyone reads it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from untaken.streams.logs.base import Position
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.kafka.naming import topic_name
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import open_kafka
from untaken.streams.published.form.progress import Progress, progress_of
from untaken.streams.published.form.records import LETTERS_TOPIC, PROGRESS_TOPIC
from untaken.streams.worker.options import WorkerOptions

PATIENCE_S = 600.0
POLL_S = 0.05


@dataclass(frozen=True)
class Ground:
    """One broker, and a directory for the states of workers."""

    url: str
    folder: Path

    def log(self, name: str) -> KafkaLog:
        """Open a log of its own, empty at first, with the usual number of partitions."""
        return open_kafka(self.url, KafkaOptions(prefix=f"{name}.", request_timeout_s=120.0))

    def states(self, log: KafkaLog) -> WorkerOptions:
        """Where the states of a log's workers lie."""
        name = log.prefix.strip(".")
        return WorkerOptions(name, self.folder / name)


RUNNING: list[WorkerProcess] = []


@contextmanager
def no_worker_left() -> Iterator[None]:
    """End whatever workers are left, however a run ends."""
    try:
        yield
    finally:
        while RUNNING:
            RUNNING.pop().kill()


class WorkerProcess:
    """`untaken worker`, computing one partition at a time with polars on one thread, like everything beside it."""

    def __init__(self, ground: Ground, log: KafkaLog, *, number: int = 1, **values: object) -> None:
        states = ground.states(log).state_directory
        states.mkdir(parents=True, exist_ok=True)
        self._said = states / f"worker-{number}-{time.monotonic_ns()}.log"
        worker = {"parallel": 1, "tick_s": 0} | values
        own = {name: value for name, value in os.environ.items() if not name.startswith("UNTAKEN_")}
        own |= {f"UNTAKEN_WORKER__{name.upper()}": str(value) for name, value in worker.items()}
        own |= {"UNTAKEN_KAFKA__REQUEST_TIMEOUT_S": "120", "POLARS_MAX_THREADS": "1"}
        command = [sys.executable, "-m", "untaken", "worker", "--log", log.url, "--state", str(states)]
        self.began_s = time.monotonic()
        with self._said.open("ab") as out:
            self._process = subprocess.Popen(command, env=own, stdout=out, stderr=out)  # noqa: S603 - our own
        RUNNING.append(self)

    def wait_until_served(self, partitions: int) -> Self:
        """Wait until it serves so many partitions; what it says is what counts."""
        while len(self._served()) != partitions:
            if self._process.poll() is not None or time.monotonic() > self.began_s + PATIENCE_S:
                raise RuntimeError(f"no worker: see {self._said}")
            time.sleep(POLL_S)
        return self

    @property
    def processor_s(self) -> float:
        """Processor time so far."""
        ticks = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(") ")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    @property
    def peak_mib(self) -> float:
        """Peak of resident memory so far."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024

    def hold(self) -> None:
        """Stop its clock, as it were."""
        self._process.send_signal(signal.SIGSTOP)

    def let_go(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it as kill -9 does."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Let it end in order."""
        self._process.terminate()
        self._process.wait()

    def _served(self) -> list[str]:
        lines = [line for line in self._said.read_text().splitlines() if "serving partitions [" in line]
        return lines[-1].rpartition("[")[2].rstrip("]").split(", ") if lines else []


class Seen(NamedTuple):
    """A publication of a partition, and when a reader of committed records had it."""

    at_s: float
    progress: Progress


class Watch:
    """Follows `progress` from its beginning, in a thread."""

    def __init__(self, log: KafkaLog) -> None:
        self.seen: list[Seen] = []
        self._log = log
        self._ending = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._follow()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def wait(
        self,
        ends: Mapping[int, Position],
        not_of: frozenset[str] = frozenset(),
        patience_s: float = PATIENCE_S,
    ) -> float:
        """Wait until all partitions are published up to these ends, by other states than those; return when."""
        deadline = time.monotonic() + patience_s
        while (found := self._reached(ends, not_of)) is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self._log.url} was not worked off within {patience_s:g} s")
            time.sleep(POLL_S)
        return found

    @property
    def states(self) -> frozenset[str]:
        """All states that have published."""
        return frozenset(seen.progress.state for seen in self.seen)

    def _reached(self, ends: Mapping[int, Position], not_of: frozenset[str]) -> float | None:
        firsts: dict[int, float] = {}
        for at_s, progress in list(self.seen):
            end = ends.get(progress.partition, {})
            if progress.state not in not_of and all(progress.position.get(s, 0) >= n for s, n in end.items()):
                firsts.setdefault(progress.partition, at_s)
        return max(firsts.values()) if firsts.keys() == ends.keys() else None

    async def _follow(self) -> None:
        topic = topic_name(self._log.prefix, PROGRESS_TOPIC)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=list(self._log.address.servers),
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            group_id=None,
        )
        consumer.assign([TopicPartition(topic, number) for number in range(self._log.partitions)])
        await consumer.start()
        try:
            while not self._ending.is_set():
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    now_s = time.monotonic()
                    own = [record for record in records if record.value and b"/" not in record.key]
                    self.seen += [Seen(now_s, progress_of(record.value)) for record in own]
        finally:
            await consumer.stop()


def ends_of(log: KafkaLog) -> dict[int, Position]:
    """Return where each partition ends now, letters aside, which workers write themselves."""
    ends = {number: log.partition(number).end() for number in range(log.partitions)}
    letters = topic_name(log.prefix, LETTERS_TOPIC)
    return {
        number: {s: n for s, n in end.items() if not s.startswith(letters)} for number, end in ends.items()
    }


def timed(of: Callable[[], object]) -> float:
    """Return how long something takes on the wall, in seconds."""
    began = time.perf_counter()
    of()
    return time.perf_counter() - began


def told(values: Sequence[float]) -> str:
    """Return median and 99th percentile of some seconds, in milliseconds."""
    ordered = sorted(values)
    p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 for share in (0.5, 0.99))
    return f"p50 {p50:,.0f} ms, p99 {p99:,.0f} ms"
