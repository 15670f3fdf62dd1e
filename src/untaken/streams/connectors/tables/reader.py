"""CSV and JSON Lines of any shape into batches of events, through a mapping of their columns."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from untaken.schemas.codec import encode
from untaken.schemas.columnar.bulk import decode_batch
from untaken.schemas.events.runs import RunDeclared
from untaken.schemas.ids import derived_id
from untaken.schemas.times import from_us
from untaken.streams.connectors.candles.encoding import FEED
from untaken.streams.connectors.completion import completed
from untaken.streams.connectors.report import (
    MAX_EXAMPLES,
    Import,
    ImportReport,
    Refusal,
    SourceReport,
    several,
)
from untaken.streams.connectors.tables.cells import Typed, typed
from untaken.streams.connectors.tables.derived import complete
from untaken.streams.connectors.tables.encoding import payloads
from untaken.streams.connectors.tables.mapping import MARKET, Table
from untaken.streams.connectors.tables.mapping import Mapping as Wishes
from untaken.streams.connectors.tables.matching import Matched, hint_of, left_aside, match
from untaken.streams.connectors.tables.raw import LINE, RawTable, read_raw
from untaken.streams.logs.base import Entry

BATCH: Final = 20_000
Aliases = Mapping[tuple[str, str], Mapping[str, str]]


@dataclass(frozen=True)
class Ready:
    """One kind of row of a file, typed and complete: what remains is to encode and to judge."""

    matched: Matched
    typed: Typed


@dataclass(frozen=True)
class Mapped:
    """One file under a mapping."""

    raw: RawTable
    ready: list[Ready]
    wishes: Wishes
    report: SourceReport


def events_of(files: list[Mapped], *, aliases: Aliases | None = None) -> Import:
    """Return batches of events; rows that the events' own rules refuse are counted in the report as they come."""
    report = ImportReport([file.report for file in files])
    return Import(_batches(files, aliases or {}), report)


def read_mapped(paths: Sequence[Path], wishes: Wishes) -> list[Mapped]:
    """Read files and type all their cells; nothing is written yet. Files of one import are one run.

    Raises ImportRefused for what is no table, a column that is not there, a field that nothing gives, and times whose
    zone is not known. Rows with a cell that is no value of its field are refused by line.
    """
    raws = [read_raw(path, wishes.separator) for path in paths]
    digest = hashlib.sha256("".join(raw.digest for raw in raws).encode()).hexdigest()
    named = wishes.model_copy(update={"run": wishes.run or f"csv-{digest[:16]}"})
    return [_mapped(raw, named) for raw in raws]


def _mapped(raw: RawTable, wishes: Wishes) -> Mapped:
    raw.frame, again = _without_repeats(raw.frame)
    signals_too = any(table.kind == "signals" for table in wishes.tables)
    matched = [
        match(table, raw, _defaults(table, wishes), beside_signals=signals_too) for table in wishes.tables
    ]
    report = SourceReport(
        raw.path, f"csv:{Path(raw.path).name}"[:200], raw.digest, raw.frame.height, refusals=raw.refusals
    )
    ready = _ready(raw, matched, wishes)
    report.notes += [again] if again else []
    report.notes += dict.fromkeys(note for each in ready for note in each.typed.notes)
    report.refusals += [refusal for each in ready for refusal in each.typed.refusals]
    report.notes += _aside(raw, matched)
    return Mapped(raw, ready, wishes, report)


def first_events(mapped: Mapped, count: int) -> dict[str, pl.Series]:
    """Return the first events of each kind as they would be written."""
    return {
        each.matched.table.kind: payloads(each.typed.frame.head(count), each.matched.table.model)
        for each in mapped.ready
    }


def _without_repeats(frame: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    cells = [name for name in frame.columns if name != LINE]
    unique = frame.unique(cells, keep="first", maintain_order=True)
    again = frame.height - unique.height
    return unique, f"{several(again, 'row')} stood in the file more than once; counted once" if again else ""


def _defaults(table: Table, wishes: Wishes) -> dict[str, str | None]:
    if table.kind in MARKET:
        return {"bot": wishes.bot or FEED, "run": "default", "mode": "live"}
    return {"bot": wishes.bot, "run": wishes.run, "mode": wishes.mode}


def _ready(raw: RawTable, matched: list[Matched], wishes: Wishes) -> list[Ready]:
    """Type the tables, signals first, for the others may belong to the signal of their row."""
    ready: list[Ready] = []
    signals: pl.DataFrame | None = None
    for each in sorted(matched, key=lambda each: each.table.kind != "signals"):
        found = complete(typed(raw, each, wishes), each, signals)
        if each.table.kind == "signals":
            signals = found.frame.select(LINE, "signal_id")
        ready.append(Ready(each, found))
    return _whole_rows(raw, ready)


def _whole_rows(raw: RawTable, ready: list[Ready]) -> list[Ready]:
    """Leave out all of a row of which a part is refused."""
    if len(ready) == 1:
        return ready
    out = pl.Series(dtype=pl.Int64)
    for each in ready:
        rows = each.matched.table.rows
        asked = raw.frame[LINE] if rows is None else raw.frame.filter(pl.col(rows).is_not_null())[LINE]
        out = out.append(asked.filter(~asked.is_in(each.typed.frame[LINE].implode())))
    return [
        replace(
            each, typed=replace(each.typed, frame=each.typed.frame.filter(~pl.col(LINE).is_in(out.implode())))
        )
        for each in ready
    ]


def _aside(raw: RawTable, matched: list[Matched]) -> list[str]:
    aside = left_aside(raw, matched)
    if not aside:
        return []
    shown = ", ".join(aside[:10]) + (f" and {len(aside) - 10} more" if len(aside) > 10 else "")
    return [f"columns left aside: {shown}{hint_of(aside, matched)}"]


def _batches(files: list[Mapped], aliases: Aliases) -> Iterator[list[Entry]]:
    for file in files:
        yield from _declarations(file)
        for start in range(0, file.raw.frame.height, BATCH):
            lines = file.raw.frame[LINE].slice(start, BATCH)
            entries = _entries(file, int(lines[0]), int(lines[-1]), aliases)
            if entries:
                yield entries
        if file.report.counts:
            last = file.ready[0].typed.frame.row(-1, named=True)
            done = completed(file.report, last["bot"], last["run"], last["mode"])
            yield [Entry("import.completed", encode(done), None, backfill=True)]


def _declarations(file: Mapped) -> Iterator[list[Entry]]:
    """Yield one declaration for each run in the file, if a currency was named."""
    own = [
        each.typed.frame
        for each in file.ready
        if each.matched.table.kind not in MARKET and each.typed.frame.height
    ]
    if file.wishes.currency is None or not own:
        return
    firsts = pl.concat([frame.select("bot", "run", "mode", "at") for frame in own])
    for bot, run, mode, at in (
        firsts.group_by("bot", "run", "mode").agg(pl.col("at").min()).sort("bot", "run").iter_rows()
    ):
        declared = RunDeclared(
            id=derived_id(f"run.declared\x00{bot}\x00{run}", file.wishes.currency.encode()),
            at=from_us(at),
            bot=bot,
            run=run,
            mode=mode,
            account_currency=file.wishes.currency,
        )
        file.report.add(declared.type, 1, at, at)
        yield [Entry(declared.type, encode(declared), None, backfill=True)]


def _entries(file: Mapped, first: int, last: int, aliases: Aliases) -> list[Entry]:
    """Encode and judge the rows of some lines: a row is taken with all its events, or not at all."""
    judged = [_judge(each, first, last, aliases) for each in file.ready]
    refused = {line for _, faults in judged for line, _ in faults}
    file.report.refusals = _added(file.report.refusals, [fault for _, faults in judged for fault in faults])
    entries: list[Entry] = []
    for each, (events, _) in zip(file.ready, judged, strict=True):
        kept = events.filter(~pl.col(LINE).is_in(list(refused))) if refused else events
        if kept.height:
            span: Any = kept.select(pl.col("at").min().alias("since"), pl.col("at").max().alias("until")).row(
                0
            )
            file.report.add(each.matched.table.event_type, kept.height, *span)
        name = each.matched.table.event_type
        rows = zip(kept["value"], kept["symbol"], strict=True)
        entries += [Entry(name, value, symbol, backfill=True) for value, symbol in rows]
    return entries


def _judge(
    each: Ready, first: int, last: int, aliases: Aliases
) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """Return the valid events of some lines, and the lines that the event's own rules refuse, with a sentence."""
    rows = each.typed.frame.filter(pl.col(LINE).is_between(first, last))
    if aliases and "symbol" in rows.columns:
        rows = _with_symbols(rows, aliases)
    values = payloads(rows, each.matched.table.model)
    decoded = decode_batch(each.matched.table.event_type, values)
    faults = [(int(rows[LINE][refusal.row]), refusal.sentence) for refusal in decoded.refused]
    taken = decoded.frame["row"]
    symbol = (
        decoded.frame["symbol"] if "symbol" in decoded.frame.columns else pl.Series([None], dtype=pl.String)
    )
    frame = rows.select(LINE, "at")[taken].with_columns(value=values.gather(taken))
    return frame.with_columns(symbol=symbol if frame.height else pl.Series(dtype=pl.String)), faults


def _with_symbols(rows: pl.DataFrame, aliases: Aliases) -> pl.DataFrame:
    """Apply the aliases that runs declared; the reported name is kept in meta."""
    known = [
        (bot, run, name, symbol) for (bot, run), names in aliases.items() for name, symbol in names.items()
    ]
    frame = pl.DataFrame(
        known, ["bot", "run", "symbol", " named"], orient="row", schema_overrides={" named": pl.String}
    )
    joined = rows.join(frame, on=["bot", "run", "symbol"], how="left", maintain_order="left")
    if joined[" named"].null_count() == joined.height:
        return rows
    reported = pl.when(pl.col(" named").is_not_null()).then("symbol")
    return joined.with_columns(
        reported.alias("meta\x00reported_symbol"), symbol=pl.coalesce(" named", "symbol")
    ).drop(" named")


def _added(refusals: list[Refusal], faults: list[tuple[int, str]]) -> list[Refusal]:
    """Count faults by what is wrong, whatever the value was; the sentence is that of the first."""
    groups = {_kind(refusal.reason): refusal for refusal in refusals}
    for line, sentence in faults:
        kind = _kind(sentence)
        before = groups.get(kind, Refusal(sentence, 0))
        shown = (*before.examples, f"line {line}") if before.count < MAX_EXAMPLES else before.examples
        groups[kind] = Refusal(before.reason, before.count + 1, shown)
    return list(groups.values())


def _kind(sentence: str) -> str:
    return re.sub(r" was .*?: ", ": ", sentence)
