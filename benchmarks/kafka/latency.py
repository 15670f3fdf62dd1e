"""From an event's due moment to a reader who sees that the figures contain it, at a steady rate.

The due moment, not that of the append, so that a producer that falls behind makes no figure look better. Seen is
what a reader of committed records has in `progress`: rows and tables of that publication are in the topics then.
"""

from __future__ import annotations

import time
from collections import defaultdict
from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks.kafka.ground import Ground, Watch, WorkerProcess, ends_of, timed, told
from benchmarks.long_log import chunks
from untaken.streams.logs.base import Entry
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.kafka.naming import stream_name
from untaken.streams.logs.kafka.routing import Router
from untaken.streams.published.reading.merged import merged_view

SLICE_S = 0.02
WARM = 5_000

Sent = dict[str, list[tuple[int, float]]]
"""By stream: offset and due moment."""


def run(ground: Ground, rate: int, seconds: int) -> None:
    """Print the times at a rate in events a second."""
    log = ground.log("latency")
    made = list(chain.from_iterable(chunks(rate * seconds + WARM, size=10_000)))
    with Watch(log) as watch:
        worker = WorkerProcess(ground, log).wait_until_served(log.partitions)
        log.append(made[:WARM])
        watch.wait(ends_of(log))
        before = worker.processor_s
        sent, acknowledged, took_s = _produced(log, made[WARM:], rate)
        watch.wait(ends_of(log))
        used = (worker.processor_s - before) / took_s
        count = sum(map(len, sent.values()))
        print(
            f"{count:,} events in {took_s:.0f} s ({count / took_s:,.0f}/s); the worker used {used:.2f} of a core"
        )
        print(f"due to durable in the topic: {told(acknowledged)}")
        print(f"due to visible in what is published: {told(_seen(watch, sent))}")
        cache = ground.folder / "view.db"
        first, again = (timed(lambda: _viewed(log, cache)) for _ in range(2))
        print(
            f"a merged view of it, read anew: {first:.2f} s; once more from its cache: {again:.2f} s",
            flush=True,
        )
        worker.stop()
    log.close()


def _viewed(log: KafkaLog, cache: Path) -> None:
    with merged_view(log, cache):
        pass


def _produced(log: KafkaLog, made: list[Entry], rate: int) -> tuple[Sent, list[float], float]:
    """Append what is due, again and again; return what went where, how long each event took, and all of it."""
    router, sent, acknowledged = (
        Router(log.prefix, log.topics),
        defaultdict[str, list[tuple[int, float]]](list),
        [],
    )
    began, done = time.monotonic(), 0
    while done < len(made):
        due = min(len(made), int((time.monotonic() - began) * rate))
        offsets = log.append(made[done:due])
        now = time.monotonic()
        for number, offset in enumerate(offsets, start=done):
            due_s = began + number / rate
            sent[stream_name(*router.places_of(made[number])[0])].append((offset, due_s))
            acknowledged.append(now - due_s)
        done = due
        time.sleep(SLICE_S)
    return sent, acknowledged, time.monotonic() - began


def _seen(watch: Watch, sent: Sent) -> list[float]:
    """How long each event took until a publication contained it."""
    found: list[float] = []
    for stream, events in sent.items():
        told_of = [seen for seen in watch.seen if stream in seen.progress.position]
        told_of = [seen for seen in told_of if stream.endswith(f"[{seen.progress.partition}]")]
        positions = np.array([seen.progress.position[stream] for seen in told_of])
        moments = np.array([seen.at_s for seen in told_of])
        offsets, due = np.array([offset for offset, _ in events]), np.array([due_s for _, due_s in events])
        found += (moments[np.searchsorted(positions, offsets, side="right")] - due).tolist()
    return found
