"""Who reports: the ids of events, and the id of a run that is made once and kept."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock

from untaken.schemas.ids import uuid7
from untaken.schemas.times import from_us
from untaken.streams.logs.base import Clock
from untaken.streams.logs.forking import survive_forks

DEFAULT_RUN = "default"

_POOL_BYTES = 4096
_ID_BYTES = 8


class Ids:
    """Ids of events, UUIDv7: unique, and ascending within a process whatever its clock does."""

    def __init__(self, clock: Clock, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lock = Lock()
        self._last_us = 0
        self._pool = b""
        self._used = 0
        survive_forks(self)

    def next(self) -> str:
        with self._lock:
            self._last_us = max(self._clock(), self._last_us + 1)
            if self._used >= len(self._pool):
                self._pool, self._used = self._entropy(_POOL_BYTES), 0
            random = self._pool[self._used : self._used + _ID_BYTES]
            self._used += _ID_BYTES
            return uuid7(self._last_us, random)

    def before_fork(self) -> None:
        self._lock.acquire()

    def after_fork(self) -> None:
        self._pool, self._used = b"", 0  # else parent and child would draw the same ids
        self._lock.release()


def kept_run(file: Path | None, ids: Ids, now_us: int) -> str:
    """Return the id of the run that is kept in a file, made now if there is none.

    A log in memory has no file, and a directory that cannot be written keeps nothing: the run is `default`.
    """
    if file is None:
        return DEFAULT_RUN
    with suppress(OSError):
        if not file.exists():
            _keep(file, f"{from_us(now_us):%Y%m%d}-{ids.next()[-8:]}")
        return file.read_text().strip() or DEFAULT_RUN
    return DEFAULT_RUN


def _keep(file: Path, run: str) -> None:
    """Write the id as a whole, unless somebody else was faster."""
    made = file.with_name(f"{file.name}.{run}")
    made.write_text(run + "\n")
    with suppress(FileExistsError):
        os.link(made, file)
    made.unlink()
