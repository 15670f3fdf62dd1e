"""Where workers are killed: at the points of a batch's way, drawn from seeds."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import untaken.streams
from tests.generators.chance import Chance
from tests.reliability.processes import Fault

Kind = Literal["point", "moment", "leave", "broker stopped", "broker killed"]

WORKER_POINTS = (
    "worker.applied",
    "worker.before-publish",
    "publish.begun",
    "publish.sent",
    "publish.committed",
    "worker.published",
    "publish.settled",
)
"""Between what was read and what is public; those of the chain itself are the embedded engine's too."""

POINTS = (
    *WORKER_POINTS,
    "engine.batch-read",
    "chain.facts-written",
    "chain.before-commit",
    "chain.committed",
)
"""Points that every batch passes."""

PRODUCER_POINTS = ("kafka.sent", "kafka.delivered")
"""Between what a producer has handed over and what it knows to be durable."""

ROOMS = ("worker", "published", "logs/kafka")


def points_in_the_source() -> Iterator[str]:
    """Yield every fault point of the worker, its publisher, and the log that producers append to."""
    for room in ROOMS:
        for path in Path(untaken.streams.__path__[0], room).rglob("*.py"):
            yield from re.findall(r'\bpoint\("([\w.-]+)"\)', path.read_text("utf-8"))


class Disturbance(NamedTuple):
    """One thing that happens to a worker, or to the broker, while events flow."""

    kind: Kind
    victim: int
    """Which of the two workers."""
    fault: Fault
    """Where it dies, if it is killed at a point."""
    moment_s: float
    """How long it works before, or how long the broker is away."""

    @property
    def name(self) -> str:
        match self.kind:
            case "point":
                return f"worker killed at {self.fault.point}"
            case "moment":
                return "worker killed at a random moment"
            case "leave":
                return "worker left in order and came back"
            case "broker stopped":
                return "broker stopped and started"
            case _:
                return "broker killed and started"


def disturbances(seed: int, rounds: int) -> list[Disturbance]:
    """Draw so many; of five in a row two are kills at a point, one at a moment, one a leave and one of the broker."""
    chance = Chance(seed)
    found: list[Disturbance] = []
    while len(found) < rounds:
        broker: Kind = chance.one_of("broker stopped", "broker killed")
        kinds: list[Kind] = ["point", "point", "moment", "leave", broker]
        chance.shuffle(kinds)
        for kind in kinds:
            fault = Fault(chance.one_of(*POINTS), chance.between(1, 4))
            found.append(Disturbance(kind, chance.between(0, 1), fault, 1 + 4 * chance.random()))
    return found[:rounds]


def producers_ends(seed: int, rounds: int) -> list[Fault | None]:
    """Draw where a producer is killed in each round, in every second none."""
    chance = Chance(seed)
    points = [Fault(PRODUCER_POINTS[number % 2]) for number in range((rounds + 1) // 2)]
    chance.shuffle(points)
    return [points[number // 2] if number % 2 == 0 else None for number in range(rounds)]
