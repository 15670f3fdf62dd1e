"""Everything a demo told must be in the log before it is judged."""

from __future__ import annotations

from untaken.errors import UntakenError
from untaken.streams.client import Emitter

_PATIENCE_S = 600.0


class DemoUnwritten(UntakenError):
    """The log could not be written, so there is nothing to judge."""


def delivered(emitter: Emitter) -> None:
    """Wait until all events are in the log; raises DemoUnwritten where they are not."""
    if not emitter.flush(_PATIENCE_S):
        reason = emitter.metrics.problem or "it took too long"
        raise DemoUnwritten(
            f"demo: its events could not be written to the log ({reason}); make room or name another"
        )
