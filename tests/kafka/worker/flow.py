"""A producer beside everything else: it appends events, and again whatever it got no answer for."""

import threading
from collections.abc import Sequence
from itertools import count
from typing import Self

import orjson

from untaken.streams.logs.base import Entry
from untaken.streams.logs.errors import LogError
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.worker.ticking import tick_at


class Flow:
    """Appends entries bit by bit, in order, from a thread; after the last it begins to repeat itself.

    `acknowledged` holds the ids of those that are durable.
    """

    def __init__(
        self, log: KafkaLog, entries: Sequence[Entry], *, chunk: int = 40, pause_s: float = 0.2
    ) -> None:
        self._log = log
        self._entries = entries
        self._chunk = chunk
        self._pause_s = pause_s
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flow")
        self.acknowledged: set[str] = set()
        self.retries = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    def finish(self) -> None:
        """Append what was never appended, without pausing, and no more."""
        self._hurry.set()
        self._thread.join()

    def _run(self) -> None:
        for passage in count():
            for start in range(0, len(self._entries), self._chunk):
                if passage and self._hurry.is_set():
                    return
                self._append(self._entries[start : start + self._chunk])
                self._hurry.wait(self._pause_s)

    def _append(self, entries: Sequence[Entry]) -> None:
        while True:
            try:
                self._log.append(entries)
            except LogError:
                self.retries += 1
                self._hurry.wait(self._pause_s)
                continue
            self.acknowledged |= {orjson.loads(entry.value)["id"] for entry in entries}
            return


def with_ticks(entries: Sequence[Entry], every: int = 20) -> list[Entry]:
    """Tell the clock in between, so that something comes into every partition."""
    found: list[Entry] = []
    for number, entry in enumerate(entries):
        found.append(entry)
        if number % every == 0 and entry.appended_at is not None:
            found.append(tick_at(entry.appended_at)._replace(appended_at=entry.appended_at))
    return found
