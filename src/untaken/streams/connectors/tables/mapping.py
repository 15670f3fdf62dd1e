"""A mapping: which column of a table is which field of which event."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Map
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from untaken.schemas.base import Event
from untaken.schemas.registry import EVENTS
from untaken.schemas.sentences import nearest
from untaken.streams.connectors.report import ImportRefused

KINDS: Final[Map[str, str]] = {
    "signals": "signal.emitted",
    "decisions": "decision.made",
    "expirations": "signal.expired",
    "exits": "exit.signalled",
    "fills": "order.filled",
    "trades": "trade.closed",
    "bars": "market.bar",
    "quotes": "market.quote",
    "readings": "context.observed",
}
"""What a row can be, and the event that it becomes."""
MARKET: Final = frozenset({"bars", "quotes", "readings"})
"""Kinds that belong to no bot."""
_FIXED: Final = frozenset({"type", "v"})

Unit = Literal["s", "ms", "us", "ns"]
Scalar = str | int | float | bool


class Source(BaseModel):
    """Where the value of a field comes from: a column, several, or a constant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str | None = None
    value: Scalar | None = None
    columns: list[str] | dict[str, str] | None = None
    """Of maps and lists: columns by the name that they have in the map."""
    values: dict[str, str] | None = None
    """What texts mean: {buy = "long"}; a text that is not in it stays as it is."""
    derive: list[str] | None = None
    """Of ids: the columns whose cells together make the id."""
    unit: Unit | None = None
    timezone: str | None = None
    factor: float | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Source:
        given = [name for name in ("column", "value", "columns", "derive") if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            raise PydanticCustomError(
                "origin", f"it must have one of column, value, columns or derive, found was {found}"
            )
        return self

    @property
    def used(self) -> list[str]:
        """The columns that it reads."""
        if self.column is not None:
            return [self.column]
        return [*self.named.values()] if self.columns is not None else self.derive or []

    @property
    def named(self) -> dict[str, str]:
        """Columns by the name that they have in a map."""
        columns = self.columns or {}
        return columns if isinstance(columns, dict) else {name: name for name in columns}

    def in_words(self) -> str:
        if self.value is not None:
            return f"always {self.value!r}"
        if self.derive is not None:
            return f"derived from {', '.join(self.derive)}"
        unit = f" ({self.unit})" if self.unit else ""
        return f"column{'s' if self.columns else ''} {', '.join(map(repr, self.used))}{unit}"


def _source(value: Any) -> Any:
    """Read the short forms: a text is a column, a list columns."""
    if isinstance(value, str):
        return {"column": value}
    return {"columns": value} if isinstance(value, list) else value


Fields = dict[str, Annotated[Source, BeforeValidator(_source)]]


class Table(BaseModel):
    """How rows become events of one type; `rows` names a column without which a row is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    fields: Fields = Field(default_factory=dict)
    rows: str | None = None

    @property
    def event_type(self) -> str:
        return KINDS[self.kind]

    @property
    def model(self) -> type[Event]:
        return EVENTS[self.event_type]


class Mapping(BaseModel):
    """A whole mapping: one or more tables that every row is held against, and what all have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tables: list[Table]
    bot: str | None = None
    run: str | None = None
    mode: Literal["live", "paper", "backtest"] = "live"
    currency: str | None = None
    timezone: str | None = None
    unit: Unit | None = None
    decimal: Literal[".", ","] = "."
    separator: str | None = None


def read_mapping(path: Path | None, given: Map[str, Any], tables: Map[str, Map[str, Any]]) -> Mapping:
    """Read a mapping file and what was said beside it, which comes first.

    `given` are common values, `tables` fields by kind. Raises ImportRefused for what is not allowed, with similar
    names.
    """
    document = {} if path is None else _toml(path)
    place = "the mapping" if path is None else str(path)
    kinds = {name: dict(part) for name, part in document.items() if isinstance(part, dict)}
    common = {name: value for name, value in document.items() if name not in kinds} | dict(given)
    for kind, fields in tables.items():
        kinds.setdefault(kind, {}).update(fields)
    if not kinds:
        raise ImportRefused(
            f"{place}: nothing says what a row is; say it: --as signals, or one of {', '.join(KINDS)}"
        )
    return _validated(common, [_table(kind, fields, place) for kind, fields in kinds.items()], place)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ImportRefused(f"{path}: cannot be read ({error.strerror}); check the path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImportRefused(f"{path}: no TOML ({error}); write a table such as [signals]") from None


def _table(kind: str, fields: dict[str, Any], place: str) -> dict[str, Any]:
    demand_known(kind, KINDS, f"{place}: kind of row", ", ".join(KINDS))
    model = EVENTS[KINDS[kind]]
    chosen = {name: source for name, source in _flat(fields, model).items() if name != "rows"}
    for name in chosen:
        part, _, inner = name.partition(".")
        known = [field for field in model.model_fields if field not in _FIXED]
        demand_known(part, known, f"{place}: field of {kind}", ", ".join(known), shown=name)
        if inner and part != "snapshot":
            raise ImportRefused(
                f'{place}: field of {kind} was {name!r}; {part} takes columns: {part} = ["{inner}"]'
            )
    return {"kind": kind, "fields": chosen, "rows": fields.get("rows")}


def _flat(fields: dict[str, Any], model: type[Event]) -> dict[str, Any]:
    """Write [decisions.snapshot] price = "px" as snapshot.price."""
    snapshot = fields.get("snapshot") if "snapshot" in model.model_fields else None
    if not isinstance(snapshot, dict) or "column" in snapshot:
        return fields
    return {name: source for name, source in fields.items() if name != "snapshot"} | {
        f"snapshot.{name}": source for name, source in snapshot.items()
    }


def demand_known(
    name: str, known: Sequence[str] | Map[str, Any], what: str, allowed: str, shown: str = ""
) -> None:
    """Raise ImportRefused for an unknown name, with the most similar one."""
    if name not in known:
        similar = nearest(name, list(known))
        hint = f"; did you mean {similar!r}?" if similar else ";"
        raise ImportRefused(f"{what} was {shown or name!r}{hint} known are {allowed}")


def _validated(common: dict[str, Any], tables: list[dict[str, Any]], place: str) -> Mapping:
    for name in common:
        known = [field for field in Mapping.model_fields if field != "tables"]
        demand_known(name, known, f"{place}: setting", ", ".join(known))
    try:
        return Mapping(**common, tables=[Table(**table) for table in tables])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"] if step not in {"fields", "tables"})
        raise ImportRefused(
            f"{place}: {where or 'a source'} was {str(first['input'])[:60]!r}: {first['msg']}"
        ) from None
