"""Columns and fields find each other: what a mapping says first, then what names say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from untaken.schemas.annotations import model_in
from untaken.schemas.sentences import SYNONYMS, nearest
from untaken.streams.connectors.report import ImportRefused
from untaken.streams.connectors.tables.mapping import MARKET, Source, Table, demand_known
from untaken.streams.connectors.tables.raw import RawTable

_ALSO: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "signals": {
        "signal_id": ("signal", "id"),
        "price": ("close", "entry_price"),
        "strategy": ("strategy_name",),
    },
    "decisions": {
        "signal_id": ("signal",),
        "verdict": ("decision", "result"),
        "guard": ("blocked_by", "check"),
    },
    "expirations": {"signal_id": ("signal",)},
    "fills": {"trade_id": ("trade", "position_id"), "order_id": ("order",)},
    "trades": {
        "trade_id": ("trade", "id", "position_id"),
        "entry_at": ("open_date", "open_time", "entry_time", "opened_at", "entry_date"),
        "exit_at": ("close_date", "close_time", "exit_time", "closed_at", "exit_date"),
        "entry_price": ("open_rate", "open_price", "entry"),
        "exit_price": ("close_rate", "close_price", "exit"),
        "pnl": ("profit_abs", "net_profit", "realized_pnl"),
        "pnl_pct": ("profit_pct", "return_pct"),
    },
    "bars": {
        "open_at": ("open_time", "at", "date", "time", "timestamp", "ts", "datetime"),
        "interval": ("timeframe",),
    },
}
"""What tables call fields besides the fields' own names and the synonyms of all events."""
_NOT_BY_NAME: Final = frozenset({"type", "v", "id", "mode"})
_NO_TIME: Final = frozenset({"trades", "bars"})
"""Kinds whose `at` is told by another time."""


@dataclass(frozen=True)
class Matched:
    """A table whose fields have their sources, in the order of the event; `aside` are columns that nothing reads."""

    table: Table
    sources: Mapping[str, Source]
    aside: tuple[str, ...] = ()

    @property
    def model(self) -> type[BaseModel]:
        return self.table.model


def match(
    table: Table, raw: RawTable, defaults: Mapping[str, str | None], *, beside_signals: bool = False
) -> Matched:
    """Give each field of an event its source.

    `defaults` are values of bot, run and mode; `beside_signals`: rows are signals too, whose id serves. Raises ImportRefused for a column that the file lacks, and for a field
    that an event needs and nothing gives, with similar names.
    """
    for name, source in table.fields.items():
        for column in source.used:
            _demand_column(column, raw, f"the column of {name}")
    if table.rows is not None:
        _demand_column(table.rows, raw, "the column of rows")
    found = dict(table.fields)
    for name, column in _by_name(table, raw, {used for source in found.values() for used in source.used}):
        found.setdefault(name, Source(column=column))
    for name, value in defaults.items():
        if value is not None:
            found.setdefault(name, Source(value=value))
    ordered = {name: found[name] for name in fields_of(table.model) if name in found}
    _demand_needed(table, {*ordered, "signal_id"} if beside_signals else set(ordered), raw)
    return Matched(table, ordered)


def fields_of(model: type[BaseModel]) -> Iterator[str]:
    """Yield the fields of an event in order, those of a nested record by dotted names after its own."""
    for name, field in model.model_fields.items():
        yield name
        inner = model_in(field.annotation)
        if inner is not None:
            yield from (f"{name}.{part}" for part in inner.model_fields)


def left_aside(raw: RawTable, matched: list[Matched]) -> list[str]:
    """Return the columns that nothing reads."""
    used = {column for each in matched for source in each.sources.values() for column in source.used}
    used |= {each.table.rows for each in matched if each.table.rows}
    return [name for name in raw.columns if name not in used]


def hint_of(aside: list[str], matched: list[Matched]) -> str:
    """Say which of the columns left aside look like a field."""
    known = {
        name
        for each in matched
        for name in each.model.model_fields
        if name not in {*each.sources, *_NOT_BY_NAME}
    }
    similar = {name: field for name in aside if (field := nearest(_plain(name), known))}
    return "".join(f"; {name} looks like {field}: --column {field}={name}" for name, field in similar.items())


def _demand_column(column: str, raw: RawTable, what: str) -> None:
    allowed = ", ".join(raw.columns[:20]) + (", ..." if len(raw.columns) > 20 else "")
    demand_known(column, raw.columns, f"{raw.path}: {what}", allowed)


def _by_name(table: Table, raw: RawTable, taken: set[str]) -> Iterator[tuple[str, str]]:
    """Yield fields and the columns that are called like them, or as other tools call them."""
    present = {_plain(name): name for name in reversed(raw.columns) if name not in taken}
    also = _ALSO.get(table.kind, {})
    for name in table.model.model_fields:
        if name in _NOT_BY_NAME or (name == "at" and table.kind in _NO_TIME):
            continue
        synonyms = [other for other, field in SYNONYMS.items() if field == name]
        for candidate in (name, *also.get(name, ()), *synonyms):
            if candidate in present:
                yield name, present.pop(candidate)
                break


def _plain(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.strip().lower()).strip("_")


_DERIVED: Final[Mapping[str, frozenset[str]]] = {
    "signals": frozenset({"signal_id"}),
    "trades": frozenset({"at", "trade_id", "exit_reason", "pnl_pct"}),
    "bars": frozenset({"at"}),
}
"""What an event needs and the import can derive."""


def _demand_needed(table: Table, sources: set[str], raw: RawTable) -> None:
    derived = {"type", "id", *_DERIVED.get(table.kind, frozenset())}
    if table.kind == "signals" and {"candle_at", "timeframe"} <= sources:
        derived.add("at")
    missing = [
        name
        for name, field in table.model.model_fields.items()
        if field.is_required() and name not in sources and name not in derived
    ]
    if not missing:
        return
    if "bot" in missing and table.kind not in MARKET:
        raise ImportRefused(f"{raw.path}: whose {table.kind} these are is not said; say it: --bot NAME")
    name = missing[0]
    raise ImportRefused(
        f"{raw.path}: {table.kind} need {', '.join(missing)}, and no column is called so (found: "
        f"{', '.join(raw.columns[:20])}); say which: --column {name}=COLUMN, or the same for all: --set {name}=VALUE"
    )
