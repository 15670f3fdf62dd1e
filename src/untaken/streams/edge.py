"""The edge: lines from outside become entries of the log, or dead letters with a reason.

Aliases of symbols are applied here, before anything chooses a partition; the reported name is kept in
`meta.reported_symbol`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from untaken.errors import Refused
from untaken.schemas import codec
from untaken.schemas.base import Event
from untaken.schemas.events.deadletters import dead_letter
from untaken.schemas.ids import derived_id
from untaken.schemas.registry import DERIVED
from untaken.schemas.sentences import of_derived
from untaken.schemas.times import from_us, instant, to_us
from untaken.streams.faults import point
from untaken.streams.logs.base import Entry, Log

Aliases = Mapping[tuple[str, str], Mapping[str, str]]

BATCH_LINES = 5_000
ENVELOPE_KEYS = {"appended_at", "backfill", "event", "offset", "raw", "stream", "topic", "type"}


@dataclass
class Emitted:
    """What became of the lines so far."""

    accepted: int = 0
    by_type: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """Lines that were not empty."""
        return self.accepted + sum(self.refused.values())


class Edge:
    """Turns lines into entries; knows the aliases that runs declared, those in the same input included."""

    def __init__(self, aliases: Aliases, *, origin: str, backfill: bool) -> None:
        self._aliases = {run: dict(names) for run, names in aliases.items()}
        self._origin = origin
        self._backfill = backfill
        self.emitted = Emitted()

    def entries(self, lines: Iterable[bytes]) -> Iterator[Entry]:
        """One entry a line, in order: the event, or the dead letter that tells why it is none."""
        for number, line in enumerate(lines, start=1):
            text = line.strip()
            if text:
                yield self._entry(text, number)

    def _entry(self, line: bytes, number: int) -> Entry:
        try:
            entry = self._accepted(line)
        except Refused as refusal:
            return self._refused(line, number, refusal)
        self.emitted.accepted += 1
        self.emitted.by_type[entry.type] += 1
        return entry

    def _accepted(self, line: bytes) -> Entry:
        envelope = _envelope(line)
        if envelope is None:
            return self._of_event(_decoded(line), backfill=self._backfill, appended_at=None)
        event = _decoded(orjson.dumps(envelope["event"]))
        appended_at = envelope.get("appended_at")
        return self._of_event(
            event,
            backfill=_backfill(envelope.get("backfill", False)),
            appended_at=None if appended_at is None else _microseconds(appended_at),
        )

    def _of_event(self, event: Event, *, backfill: bool, appended_at: int | None) -> Entry:
        named = self._with_symbol(event)
        if named.type == "run.declared":
            self._aliases.setdefault((named.bot, named.run), {}).update(getattr(named, "symbols", None) or {})
        return Entry(named.type, codec.encode(named), getattr(named, "symbol", None), backfill, appended_at)

    def _with_symbol(self, event: Event) -> Event:
        names = self._aliases.get((event.bot, event.run))
        reported = getattr(event, "symbol", None)
        if not names or reported not in names:
            return event
        meta = {**(getattr(event, "meta", None) or {}), "reported_symbol": reported}
        return event.model_copy(update={"symbol": names[reported], "meta": meta})

    def _refused(self, line: bytes, number: int, refusal: Refused) -> Entry:
        self.emitted.refused[refusal.code] += 1
        if len(self.emitted.examples) < 5:
            self.emitted.examples.append(f"{self._origin}, line {number}: {refusal.sentence}")
        named = _named(line)
        letter = dead_letter(
            line,
            refusal,
            origin=self._origin,
            at=from_us(time.time_ns() // 1000),
            position=number,
            refused_id=named.get("id"),
            refused_type=named.get("type"),
        )
        return Entry("dead.lettered", codec.encode(letter), None)


def emit_lines(
    log: Log, edge: Edge, lines: Iterable[bytes], batch_lines: int = BATCH_LINES
) -> Iterator[Emitted]:
    """Append lines in batches; yields after each, when what it counts is durable."""
    waiting: list[Entry] = []
    for entry in edge.entries(lines):
        waiting.append(entry)
        if len(waiting) >= batch_lines:
            log.append(waiting)
            point("emit.appended")
            waiting = []
            yield edge.emitted
    if waiting:
        log.append(waiting)
        point("emit.appended")
    yield edge.emitted


def _decoded(data: bytes) -> Event:
    """Read an event; one without an id gets that of its content, so that emitting it again counts it once."""
    try:
        event = codec.decode(data)
    except Refused:
        fields = _object(data)
        _demand_fact(fields.get("type"))
        if not fields or "id" in fields:
            raise
        content = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
        return codec.decode(orjson.dumps({**fields, "id": derived_id("emitted", content)}))
    _demand_fact(event.type)
    return event


def _demand_fact(name: object) -> None:
    """Refuse what engines derive: nobody reports it."""
    if isinstance(name, str) and name in DERIVED:
        raise Refused("invalid", of_derived(name))


def _envelope(line: bytes) -> dict[str, Any] | None:
    """Return the envelope that an export wrote around an event, if it is one."""
    value = _object(line) if b'"event"' in line else {}
    return value if isinstance(value.get("event"), dict) and value.keys() <= ENVELOPE_KEYS else None


def _backfill(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise Refused("invalid", f"backfill was {value!r}; true or false is allowed")


def _microseconds(value: object) -> int:
    try:
        return to_us(instant(value))
    except (ValueError, TypeError) as error:
        raise Refused(
            "invalid", f"appended_at was {value!r}; a time such as 2024-03-04T10:00:00Z is allowed ({error})"
        ) from None


def _object(data: bytes) -> dict[str, Any]:
    """Return the JSON object that a line holds; an empty one where it holds none."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _named(line: bytes) -> dict[str, str]:
    """Return id and type of a refused line, as far as they can be read."""
    value = _object(line)
    event = value.get("event", value)
    if not isinstance(event, dict):
        return {}
    found = {key: event.get(key) for key in ("id", "type")}
    return {key: name for key, name in found.items() if isinstance(name, str) and 0 < len(name) <= 200}
