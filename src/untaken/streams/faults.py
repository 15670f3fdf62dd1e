"""Named fault points: where the reliability tests kill a process.

A point costs one look-up in the environment. `UNTAKEN_FAULT=name:n` kills the process, as kill -9 would, when
the point `name` is passed for the n-th time; nothing is flushed, closed or rolled back.
"""

from __future__ import annotations

import os
import signal

_passed: dict[str, int] = {}


def point(name: str) -> None:
    """Die here if the environment says so."""
    wanted = os.environ.get("UNTAKEN_FAULT")
    if wanted is None:
        return
    fault, _, count = wanted.partition(":")
    if fault != name:
        return
    _passed[name] = _passed.get(name, 0) + 1
    if _passed[name] >= int(count or 1):
        os.kill(os.getpid(), signal.SIGKILL)
