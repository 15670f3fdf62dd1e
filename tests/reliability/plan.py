"""Who is killed where: drawn from seeds, so that every round can be had again."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import untaken.streams
from tests.generators.chance import Chance
from tests.reliability.processes import Fault

Victim = Literal["engine", "emit", "bot"]

ENGINE_POINTS = (
    "engine.begun",
    "engine.batch-read",
    "chain.read",
    "chain.facts-written",
    "chain.rows-written",
    "chain.table-written",
    "chain.before-commit",
    "chain.committed",
)
EMIT_POINTS = ("log.inserted", "log.committed", "emit.appended")
BOT_POINTS = ("log.inserted", "log.committed")

POINTS: dict[Victim, tuple[str, ...]] = {"engine": ENGINE_POINTS, "emit": EMIT_POINTS, "bot": BOT_POINTS}


class Kill(NamedTuple):
    """One kill: at a fault point, or (None) at a moment so many seconds after the victim has begun to work."""

    victim: Victim
    fault: Fault | None
    moment_s: float

    @property
    def name(self) -> str:
        where = "a random moment" if self.fault is None else self.fault.point
        return f"{self.victim} at {where}"


def kills_of_engine(seed: int) -> list[Kill]:
    """Return a kill at every point, in drawn order, and three at random moments between them."""
    chance = Chance(seed)
    points = list(ENGINE_POINTS[1:])
    chance.shuffle(points)
    kills = [at_point("engine", point, chance) for point in points]
    for _ in range(3):
        kills.insert(chance.between(1, len(kills)), at_random("engine", chance))
    return [Kill("engine", Fault("engine.begun"), 0), *kills]  # it is passed once in the life of a log


def kills_of_emit(seed: int) -> list[Kill]:
    chance = Chance(seed)
    at_points = [Kill("emit", Fault(point, chance.one_of(1, 2)), 0) for point in EMIT_POINTS]
    return [*at_points, at_random("emit", chance)]


def kills_of_bot(seed: int) -> list[Kill]:
    chance = Chance(seed)
    at_points = [Kill("bot", Fault(point, chance.between(1, 8)), 0) for point in BOT_POINTS for _ in range(2)]
    kills = [*at_points, *(at_random("bot", chance) for _ in range(2))]
    chance.shuffle(kills)
    return kills


def at_point(victim: Victim, point: str, chance: Chance) -> Kill:
    return Kill(victim, Fault(point, chance.between(1, 6 if point == "chain.table-written" else 3)), 0)


def at_random(victim: Victim, chance: Chance) -> Kill:
    return Kill(victim, None, chance.random() * 0.6)


KILLED_ELSEWHERE = {"kafka", "published", "worker", "archive"}
"""Rooms whose points have kills of their own: in tests/kafka, which has a broker, and beside the archive."""


def points_in_the_source() -> Iterator[str]:
    """Yield every fault point of the embedded log, its engine and its writers."""
    for path in Path(untaken.streams.__path__[0]).rglob("*.py"):
        if KILLED_ELSEWHERE.isdisjoint(path.parts):
            yield from re.findall(r'\bpoint\("([\w.-]+)"\)', path.read_text("utf-8"))
