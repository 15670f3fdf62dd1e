"""Scenarios are counted on the log: of many that are tried, the best looks good by luck."""

from __future__ import annotations

import os
from collections.abc import Iterable

from untaken.replay.whatif.scenario import Scenario
from untaken.schemas.codec import encode
from untaken.schemas.ids import uuid7
from untaken.schemas.learning import ScenarioTried
from untaken.schemas.times import from_us
from untaken.streams.logs.base import Entry, Log

TRIED = "scenario.tried"


def tried(log: Log) -> int:
    """Return how many scenarios were computed on a log; the same one asked for twice counts twice."""
    return sum(count.events for count in log.counts() if count.type == TRIED)


def count(log: Log, scenarios: Iterable[Scenario], now_us: int) -> None:
    """Write down that scenarios were tried; one that changes nothing is none."""
    entries = [_entry(scenario, now_us) for scenario in scenarios if scenario.rules()]
    if entries:
        log.append(entries)


def _entry(scenario: Scenario, now_us: int) -> Entry:
    event = ScenarioTried(
        id=uuid7(now_us, os.urandom(10)),
        at=from_us(now_us),
        bot="untaken",
        scenario=scenario.rules(),
        digest=scenario.digest,
    )
    return Entry(TRIED, encode(event), None)
