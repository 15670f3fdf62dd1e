"""Survival of a fork.

SQLite forbids carrying an open connection into a child process, and opening the same file in the child is
no safer: the child would inherit the parent's idea of which locks are held. So what holds a connection is
told before the fork, closes it, and both processes open their own on next use.
"""

import os
import weakref
from threading import Lock
from typing import Protocol


class Forkable(Protocol):
    """Something that must not be inherited by a child process as it stands."""

    def before_fork(self) -> None:
        """Let go of what must not be inherited, and hold still."""

    def after_fork(self) -> None:
        """Go on; called in the parent and in the child."""


class _Watch:
    """The objects to tell. The hooks are set with the first of them, for they can never be unset."""

    def __init__(self) -> None:
        self._watched: weakref.WeakSet[Forkable] = weakref.WeakSet()
        self._still: list[Forkable] = []
        self._adding = Lock()
        self._hooked = False

    def add(self, forkable: Forkable) -> None:
        with self._adding:
            self._watched.add(forkable)
            if not self._hooked and hasattr(os, "register_at_fork"):
                self._hooked = True
                os.register_at_fork(
                    before=self._before, after_in_parent=self._after, after_in_child=self._after
                )

    def _before(self) -> None:
        self._adding.acquire()
        self._still = list(self._watched)
        for forkable in self._still:
            forkable.before_fork()

    def _after(self) -> None:
        while self._still:
            self._still.pop().after_fork()
        self._adding.release()


survive_forks = _Watch().add
