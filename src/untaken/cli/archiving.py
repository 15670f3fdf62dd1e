"""untaken replay export and import: copies of logs, between all engines, archives and JSON Lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from untaken.cli.choosing import moment
from untaken.cli.lines import LinesFile
from untaken.cli.progress import progress_of
from untaken.cli.session import ConfigOption, JsonOption, LogOption, Session, counted, print_json
from untaken.errors import UntakenError
from untaken.replay.agreement import brings_settings, demand_agreement
from untaken.replay.archive import (
    Copied,
    Progress,
    copy_to_archive,
    copy_to_lines,
    copy_to_log,
    presence_in,
)
from untaken.replay.lines import LinesSource
from untaken.replay.sources import LogSource, Source
from untaken.schemas.registry import TOPICS
from untaken.streams.logs.archive.log import ArchiveLog
from untaken.streams.logs.archive.manifest import Selection
from untaken.streams.logs.base import Log
from untaken.streams.logs.opening import folder_of, is_archive

TopicsOption = Annotated[
    str | None, typer.Option("--topics", help="Only these topics, such as market,signals.")
]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", help="What arrived from this time on (RFC 3339); settings are always whole."),
]
UntilOption = Annotated[str | None, typer.Option("--until", help="What arrived before this time (RFC 3339).")]
LINES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")


class CopyRefused(UntakenError):
    """What was asked to be copied, or where to, cannot be; nothing was written."""


@dataclass(frozen=True)
class _Way:
    """One copy, as the command line asks for it."""

    source: str
    target: str
    config: Path | None
    selection: Selection
    keep_settings: bool = False


def export(
    to: Annotated[
        str, typer.Option("--to", help="parquet:///directory, a FILE.jsonl or .jsonl.gz, or a log's URL.")
    ],
    log: LogOption = None,
    config: ConfigOption = None,
    topics: TopicsOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    json: JsonOption = False,
) -> None:
    """Copy a log to an archive, a file or another log; called again, it adds what has come since."""
    session = Session.of(log, config)
    _run(_Way(session.log_url, to, config, _selection(topics, since, until)), json=json)


def import_command(
    source: Annotated[
        str,
        typer.Option("--from", help="parquet:///directory, an exported file of JSON Lines, or a log's URL."),
    ],
    log: LogOption = None,
    config: ConfigOption = None,
    topics: TopicsOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    keep_settings: Annotated[
        bool, typer.Option("--keep-settings", help="Leave the import's settings out; those of the log hold.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Append what an archive, an exported file or another log has and this log lacks, as it arrived then."""
    session = Session.of(log, config)
    _run(_Way(source, session.log_url, config, _selection(topics, since, until), keep_settings), json=json)


def _run(way: _Way, *, json: bool) -> None:
    began = time.perf_counter()
    with _source(way.source, way.config) as source:
        _demand_different(source.url, way.target)
        found = _copied(source, way)
    seconds = max(time.perf_counter() - began, 1e-9)
    if json:
        print_json(_document(found, way, seconds))
    else:
        typer.echo(_told(found, way, seconds))


def _copied(source: Source, way: _Way) -> Copied:
    source.check()
    if is_archive(way.target) and not _has_own_events(way.target):
        return _with_bar(
            source,
            "archiving",
            lambda note: copy_to_archive(source, folder_of(way.target), way.selection, note),
        )
    if _is_lines(way.target):
        return _with_bar(
            source, "exporting", lambda note: copy_to_lines(source, Path(way.target), way.selection, note)
        )
    return _into_log(source, way)


def _into_log(source: Source, way: _Way) -> Copied:
    if way.target.startswith("memory:"):
        raise CopyRefused(
            "memory:// is gone when the command ends: name a file, an archive or a log that stays"
        )
    session = Session.of(way.target, way.config)
    with session.log(create=True) as log:
        with progress_of("reading what is there") as note:
            presence = presence_in(log, note)
        if brings_settings(way.selection) and not way.keep_settings:
            demand_agreement(source, log, way.selection, presence, session.effective.config.settings)
        return _with_bar(
            source,
            "importing",
            lambda note: copy_to_log(
                source, log, way.selection, presence, keep_settings=way.keep_settings, progress=note
            ),
        )


def _with_bar(source: Source, title: str, work: Callable[[Progress], Copied]) -> Copied:
    with progress_of(title, source.records) as note:
        return work(note)


@contextmanager
def _source(name: str, config: Path | None) -> Iterator[Source]:
    if not _is_log(name):
        yield LinesSource(LinesFile(Path(name)).path)
        return
    with Session.of(name, config).log(read_only=True) as log:
        yield LogSource(log)


def _is_log(name: str) -> bool:
    return "://" in name or name.endswith(".db")


def _is_lines(target: str) -> bool:
    if _is_log(target):
        return False
    if target.endswith(LINES):
        return True
    raise CopyRefused(
        f"{target!r} is neither the URL of a log or archive nor a file of JSON Lines: such names end in "
        f"{', '.join(LINES)}"
    )


def _has_own_events(url: str) -> bool:
    """Whether an archive was appended to, so that it takes an import as any log does."""
    log: Log = ArchiveLog(folder_of(url))
    try:
        return isinstance(log, ArchiveLog) and log.manifest.source is None and log.manifest.events > 0
    finally:
        log.close()


def _demand_different(source: str, target: str) -> None:
    with_path = [part.split("://", 1)[-1].lstrip("/") for part in (source, target)]
    if source == target or Path("/" + with_path[0]) == Path(with_path[1]).absolute():
        raise CopyRefused(f"{target} is what would be copied: name another place")


def _selection(topics: str | None, since: str | None, until: str | None) -> Selection:
    return Selection(topics=_topics(topics), since=moment("--since", since), until=moment("--until", until))


def _topics(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = sorted({name.strip() for name in text.split(",")} - {""})
    unknown = [name for name in names if name not in TOPICS]
    if unknown or not names:
        raise CopyRefused(f"--topics was {text!r}; the topics are {', '.join(TOPICS)}")
    return tuple(names)


def _document(found: Copied, way: _Way, seconds: float) -> dict[str, object]:
    return {
        "from": way.source,
        "to": way.target,
        "added": found.added,
        "there": found.there,
        "left_aside": found.aside,
        "counts": [count._asdict() for count in found.counts],
        "digest": found.digest,
        "files": found.files,
        "bytes": found.bytes,
        "seconds": seconds,
    }


def _told(found: Copied, way: _Way, seconds: float) -> str:
    rate = f"{seconds:.1f} s ({(found.added + found.there * (found.files is None)) / seconds:,.0f}/s)"
    lines = [
        f"{counted(found.added, 'event')} added to {way.target} in {rate}, {found.there:,} were there",
        *(f"  {events:>9,} {name}" for name, events in _by_type(found)),
    ]
    if found.aside:
        lines.append(f"  {found.aside:>9,} left aside")
    if found.files is not None and found.bytes is not None:
        lines.append(f"{counted(found.files, 'file')}, {found.bytes:,} bytes")
    return "\n".join([*lines, f"digest {found.digest}"])


def _by_type(found: Copied) -> list[tuple[str, int]]:
    totals: dict[str, int] = {}
    for count in found.counts:
        totals[count.type] = totals.get(count.type, 0) + count.events
    return sorted(totals.items())
