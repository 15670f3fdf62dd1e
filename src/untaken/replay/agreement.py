"""Whether two logs agree on the settings that make results, before one is imported into the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from untaken.errors import UntakenError
from untaken.replay.archive import SETTINGS_CHANGED
from untaken.replay.presence import Presence
from untaken.replay.sources import Source, selected
from untaken.schemas.settings import ResultSettings, Timeline
from untaken.streams.chain.chain import Chain
from untaken.streams.logs.archive.digests import record_digests
from untaken.streams.logs.archive.manifest import Selection
from untaken.streams.logs.base import Batch, Log
from untaken.streams.store.state import State


class ImportDisagrees(UntakenError):
    """The import brings other settings than its target has; nothing is appended until it is said which hold."""


def demand_agreement(
    source: Source, log: Log, selection: Selection, presence: Presence, configured: Mapping[str, Any]
) -> None:
    """Raise if the settings that an import brings would change the results of what is in the log, or the reverse.

    An import that was interrupted may go on, and an empty log takes any settings but those that the
    configuration contradicts.
    """
    theirs = _timeline(selected(source.settings(), selection))
    if log.end() == log.start():
        wanted = {
            **theirs.latest.flat(),
            **{name: ResultSettings().changed(configured).flat()[name] for name in configured},
        }
        _demand_equal(
            theirs.latest.flat(), wanted, "the configuration has", "take it out of the configuration"
        )
        return
    ours = _timeline(log.settings_records().frame)
    if ours == theirs or _is_a_part(source, selection, presence):
        return
    way_out = "import into a log of its own, or keep the settings of this one with --keep-settings"
    _demand_equal(theirs.latest.flat(), ours.latest.flat(), f"{log.url} has", way_out)
    raise ImportDisagrees(
        f"{source.url} has the settings of {log.url} now, but other ones held at other times; {way_out}"
    )


def brings_settings(selection: Selection) -> bool:
    """Whether a selection takes the settings along."""
    return selection.topics is None or "settings" in selection.topics


def _timeline(records: pl.DataFrame) -> Timeline:
    changes = records.filter(type=SETTINGS_CHANGED)
    if changes.is_empty():
        return Timeline.of([])
    chain = Chain(State(None))
    chain.begin(Batch(changes, {}))
    return chain.context.timeline


def _is_a_part(source: Source, selection: Selection, presence: Presence) -> bool:
    """Whether the log holds nothing but what the source has: an import that was interrupted, or is repeated."""
    asked = presence.again()
    for batch in source.batches({}):
        asked.missing(record_digests(selected(batch.frame, selection)))
    return asked.unmatched == 0


def _demand_equal(theirs: Mapping[str, Any], ours: Mapping[str, Any], owner: str, way_out: str) -> None:
    for name, value in ours.items():
        if theirs[name] != value:
            raise ImportDisagrees(
                f"settings: the import brings {name} = {theirs[name]!r}, {owner} {value!r}, and either would change "
                f"the results of the other; {way_out}"
            )
