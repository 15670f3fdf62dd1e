"""Turns to compute: as many at once as there are processors, and whoever has waited longest comes first."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Shared out in the order of asking. A semaphore gives itself back to whoever has just let it go."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn, and have it."""
        with self._lock:
            handed_over = None if self._free else threading.Event()
            if handed_over is None:
                self._free -= 1
            else:
                self._waiting.append(handed_over)
        if handed_over is not None:
            handed_over.wait()
        try:
            yield
        finally:
            with self._lock:
                if self._waiting:
                    self._waiting.popleft().set()
                else:
                    self._free += 1
