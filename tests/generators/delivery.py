"""How facts reach the log: at once, late, too late, ahead of time, as history, twice, under an id already taken."""

from collections.abc import Sequence
from typing import Any

from tests.generators.chance import Chance
from tests.generators.market import Event
from tests.reference.acceptance import refusal_of
from tests.reference.facts import fact_of
from tests.reference.moments import DAY, HOUR, MINUTE, SECOND, microseconds, text_of
from tests.reference.settings import Settings

HORIZON = 7 * DAY
AHEAD = 5 * MINUTE

Record = dict[str, Any]


def delivered(events: Sequence[Event], chance: Chance) -> list[Record]:
    """Return the log: records by arrival."""
    records = [record_of(event, chance) for event in events]
    records += [again(record, chance) for record in records if chance.happens(0.04) and is_fact(record)]
    records += [
        id_taken_twice(record, chance) for record in records if may_clash(record) and chance.happens(0.02)
    ]
    return by_arrival(records)


def by_arrival(records: Sequence[Record]) -> list[Record]:
    return sorted(records, key=lambda record: (record["appended_at"], record["event"]["id"]))


def is_fact(record: Record) -> bool:
    return refusal_of(fact_of(record), Settings.of({})) is None


def may_clash(record: Record) -> bool:
    return record["event"]["type"] in ("signal.emitted", "decision.made") and is_fact(record)


def record_of(event: Event, chance: Chance) -> Record:
    at = microseconds(event["at"])
    if event["type"] in ("run.declared", "clock.ticked"):
        return {"appended_at": text_of(at), "backfill": False, "event": event}
    delay, backfill = arrival(chance, 0.3 if event["type"].startswith("market.") else 1)
    return {"appended_at": text_of(at + delay), "backfill": backfill, "event": event}


def arrival(chance: Chance, trouble: float) -> tuple[int, bool]:
    """Draw how long after it happened a fact arrives, and whether as backfill."""
    drawn = chance.random() / trouble
    unusual = (
        (0.05, chance.between(HOUR, HORIZON - 1), False),
        (0.06, HORIZON, False),
        (0.08, HORIZON + chance.one_of(1, DAY, 3 * DAY), False),
        (0.085, -AHEAD, False),
        (0.095, -AHEAD - chance.one_of(1, HOUR), False),
        (0.125, chance.between(HORIZON + DAY, 40 * DAY), True),
    )
    at_once = (1.0, chance.between(0, 2 * SECOND), False)
    _, delay, backfill = next((way for way in unusual if drawn < way[0]), at_once)
    return delay, backfill


def again(record: Record, chance: Chance) -> Record:
    """Return a copy of an accepted record that arrives later, and is accepted too."""
    at, appended_at = microseconds(record["event"]["at"]), microseconds(record["appended_at"])
    latest = appended_at + 40 * DAY if record["backfill"] else at + HORIZON
    copied = min(appended_at + chance.one_of(0, SECOND, HOUR, 3 * DAY), latest)
    return {**record, "appended_at": text_of(copied)}


def id_taken_twice(record: Record, chance: Chance) -> Record:
    """Return another event under the id of an accepted one; the first to arrive counts."""
    copy = again(record, chance)
    moved = microseconds(copy["appended_at"]) + 1
    changed = "price" if "price" in copy["event"] else "verdict"
    value = copy["event"]["price"] * 2 if changed == "price" else "blocked"
    event = {**copy["event"], changed: value}
    return {"appended_at": text_of(moved), "backfill": True, "event": event}
