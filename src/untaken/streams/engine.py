"""The embedded engine: reads the log, applies the chain, keeps the state beside the log."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from untaken.errors import UntakenError
from untaken.schemas.ids import uuid7
from untaken.schemas.settings import ResultSettings
from untaken.schemas.times import from_us, rfc3339
from untaken.streams.chain.chain import Applied, Chain, last_record
from untaken.streams.chain.context import Context
from untaken.streams.chain.following import Follower
from untaken.streams.faults import point
from untaken.streams.logs.base import Entry, Log
from untaken.streams.logs.opening import file_of, folder_of, is_archive
from untaken.streams.store.state import State

BATCH_RECORDS = 100_000
POLL_S = 0.5
_BEYOND = 2**62
"""An offset that no stream reaches."""

Progress = Callable[[Applied], None]
Stop = Callable[[], bool]


class SettingsDisagree(UntakenError):
    """The configuration and the log name different settings; nothing is computed until they agree."""


class StateOfAnotherLog(UntakenError):
    """The state counts records that the log does not have; it is not used until it is rebuilt."""


def state_path(log_url: str) -> Path | None:
    """Where the state of an embedded log or an archive lies: beside it; nowhere for a log in memory."""
    if log_url.startswith("memory:"):
        return None
    if is_archive(log_url):
        folder = folder_of(log_url)
        return folder.with_name(f"{folder.name}.state.db")
    file = file_of(log_url)
    return file.with_name(f"{file.stem}.state{file.suffix or '.db'}")


class Engine:
    """One engine per log; what it derives can be deleted at any time and is computed again."""

    def __init__(self, log: Log, state: State, follower: Follower | None = None) -> None:
        self.log = log
        self.state = state
        with state.explained():
            self.chain = Chain(state, follower)
            demand_own(log, self.chain)

    def run(
        self, *, until_idle: bool, batch_records: int = BATCH_RECORDS, progress: Progress, stop: Stop
    ) -> int:
        """Apply what the log holds, then (unless `until_idle`) what comes; return how many records were read."""
        total = self.read_the_unread()
        while not stop():
            applied = self.step(batch_records)
            if applied is None:
                if until_idle:
                    break
                self.log.wait(self.chain.position or self.log.start(), POLL_S)
                continue
            total += applied.records
            progress(applied)
        return total

    def read_the_unread(self) -> int:
        """Take in, after an upgrade, what an older version could not read; return how many records that was."""
        with self.state.explained():
            if self.chain.accepts_otherwise(self.chain.unread()):
                self.chain.begin(self.log.settings_records())
            return self.chain.read_the_unread()

    def step(self, batch_records: int = BATCH_RECORDS) -> Applied | None:
        """Apply one batch; None if there is nothing to read.

        Settings are read before anything else. Should later ones change what was to be accepted of what has
        been read already, everything is computed anew with them known from the beginning.
        """
        with self.state.explained():
            return self._step(batch_records)

    def _step(self, batch_records: int) -> Applied | None:
        position = self.chain.position
        batch = self.log.read(position or self.log.start(), batch_records)
        if len(batch) == 0:
            return None
        point("engine.batch-read")
        if not (position or self.chain.settings_end) or self.chain.accepts_otherwise(batch.frame):
            self.chain.begin(self.log.settings_records())
            point("engine.begun")
            return self._step(batch_records)
        return self.chain.apply(batch)


def demand_own(log: Log, chain: Chain) -> None:
    """Raise unless the record that a state counted last lies where it lay: then it is another log's state."""
    counted = chain.last_record
    stream, _, offset = counted.rpartition(":")[0].rpartition(":")
    elsewhere = dict.fromkeys(log.start(), _BEYOND)
    if counted and last_record(log.read(elsewhere | {stream: int(offset)}, 1).frame) != counted:
        raise StateOfAnotherLog(
            f"{chain.state.path} was not computed from {log.url} as it is now: record {offset}, which it counted "
            "last, is missing or another (the log was replaced, or lost its end); untaken replay rebuild computes it anew"
        )


def log_context(log: Log) -> Context:
    """Return settings and declarations as the log alone tells them, without any state."""
    chain = Chain(State(None))
    chain.apply(log.settings_records())
    return chain.context


def agree_on_settings(log: Log, configured: Mapping[str, Any], *, by: str) -> None:
    """Write configured settings as the first ones of an empty log; refuse where they differ from the log's."""
    wanted = ResultSettings().changed(configured)
    if not configured:
        return
    if log.end() == log.start():
        log.append([settings_entry(configured, by=by)])
        return
    flat, asked = log_context(log).timeline.latest.flat(), wanted.flat()
    differing = [name for name in configured if flat[name] != asked[name]]
    if differing:
        name = differing[0]
        raise SettingsDisagree(
            f"configuration: {name} is {asked[name]!r}, but the log was computed with {flat[name]!r}; "
            f"take it out of the configuration, or change the log: untaken settings set {name}={asked[name]}"
        )


_DEFAULTS = ResultSettings()


def settings_entry(
    values: Mapping[str, Any],
    *,
    by: str,
    over: ResultSettings = _DEFAULTS,
    effective_at: str | None = None,
    retroactive: bool = False,
) -> Entry:
    """Return a `settings.changed` of now, ready to be appended; names and values are checked.

    `over` are the settings that hold so far: the event names the digest of those that hold with it.
    """
    digest = over.changed(values).digest
    now_us = time.time_ns() // 1000
    event: dict[str, Any] = {
        "type": "settings.changed",
        "id": uuid7(now_us, _random_bytes()),
        "at": _rfc3339(now_us),
        "bot": "untaken",
        "run": "default",
        "mode": "live",
        "settings": dict(values),
        "digest": digest,
        "by": by,
    }
    if effective_at is not None:
        event["effective_at"] = effective_at
    if retroactive:
        event["retroactive"] = True
    return Entry("settings.changed", orjson.dumps(event), None)


def _random_bytes() -> bytes:
    return os.urandom(10)


def _rfc3339(at_us: int) -> str:
    return rfc3339(from_us(at_us))
