"""How an emitter is doing, as numbers for the bot and for Prometheus."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

_COUNTERS = {
    "delivered": "Events that are durable in the log.",
    "spooled": "Events that went to the spool first.",
    "dropped": "Events lost, since neither log nor spool could take them.",
    "failures": "Attempts to write the log that failed.",
}


class Metrics(NamedTuple):
    """Where the events are: counts since the start, but for `waiting` (in memory) and `spool_bytes`, now.

    `failures`: attempts to write the log that failed. `problem`: why events do not reach the log now, and
    `behind_s`: for how many seconds they have not.
    """

    waiting: int
    delivered: int
    spooled: int
    dropped: int
    failures: int
    spool_bytes: int
    problem: str
    behind_s: float

    def exposition(self, **labels: str) -> str:
        """Return the numbers in Prometheus' text format, for a bot that serves metrics of its own."""
        told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
        return "".join(
            f"# HELP {name} {about}\n# TYPE {name} {kind}\n{name}{{{told}}} {value}\n"
            for name, kind, about, value in self._series()
        )

    def _series(self) -> Iterator[tuple[str, str, str, float]]:
        values: Mapping[str, int] = self._asdict()
        for name, about in _COUNTERS.items():
            yield f"untaken_client_{name}_total", "counter", about, values[name]
        yield "untaken_client_waiting_events", "gauge", "Events in memory.", self.waiting
        yield "untaken_client_spool_bytes", "gauge", "Bytes on disk, to be delivered later.", self.spool_bytes
        yield (
            "untaken_client_behind_seconds",
            "gauge",
            "For how long events have been kept from the log.",
            round(self.behind_s, 3),
        )


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
