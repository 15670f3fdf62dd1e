"""SQL over the tables of a log, through polars: reading only, and every refusal in a sentence."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import polars as pl
from polars.exceptions import ColumnNotFoundError, PolarsError

from untaken.errors import UntakenError

Tables = Mapping[str, Callable[[], pl.LazyFrame]]
"""Makes each table, by its name; only those that a query names are made."""

SHOWN = 30
"""More names than this are not listed in a sentence."""

_READS = re.compile(r"\s*(--[^\n]*\n\s*)*\(*\s*(select|with|from|values|show|explain)\b", re.IGNORECASE)
_OTHER_FILES = re.compile(r"\bread_(csv|parquet|json|ndjson|ipc)\s*\(", re.IGNORECASE)
_NO_TABLE = re.compile(r"relation '([^']*)' was not found")
_NO_COLUMN = re.compile(r'unable to find column "([^"]*)"')


class QueryRefused(UntakenError):
    """The query cannot be answered; nothing is read."""


def answer(query: str, tables: Tables) -> pl.LazyFrame:
    """Return what a query asks for, to be collected within `explained`; raises QueryRefused."""
    _demand_reading(query)
    frames = {name: make() for name, make in tables.items() if _names(query, name)}
    with explained(query, frames, tables):
        found = pl.SQLContext(frames).execute(query, eager=False)
        found.collect_schema()
    return found


@contextmanager
def explained(
    query: str, frames: Mapping[str, pl.LazyFrame] | None = None, tables: Iterable[str] = ()
) -> Iterator[None]:
    """Raise what polars says of a query as a sentence that names tables and columns."""
    try:
        yield
    except ColumnNotFoundError as error:
        raise QueryRefused(_no_column(str(error), frames or {})) from None
    except PolarsError as error:
        raise QueryRefused(_refusal(query, str(error), tables)) from None


def _demand_reading(query: str) -> None:
    if not query.strip():
        raise QueryRefused(
            "the query is empty; such as: select strategy, sum(pnl) from ledger group by strategy"
        )
    if not _READS.match(query):
        raise QueryRefused(
            f"the query begins with {query.split(maxsplit=1)[0]!r}: a log is only read, by select, with, show tables or explain"
        )
    other = _OTHER_FILES.search(query)
    if other is not None:
        raise QueryRefused(
            f"{other[0]}...) reads another file, and queries read the log alone: join its frame in Python"
        )


def _names(query: str, table: str) -> bool:
    return "show" in query.casefold() or re.search(rf"\b{table}\b", query) is not None


def _refusal(query: str, said: str, tables: Iterable[str]) -> str:
    missing = _NO_TABLE.search(said)
    if missing is not None:
        return f"there is no table {missing[1]!r}; {_meant(missing[1], tables)}the tables are {', '.join(tables)}"
    first = said.strip().splitlines()[0].removeprefix("sql parser error: ")
    return f"the query cannot be read ({first[:200]}): {' '.join(query.split())[:120]}"


def _no_column(said: str, frames: Mapping[str, pl.LazyFrame]) -> str:
    missing = _NO_COLUMN.search(said)
    name = missing[1] if missing else said.splitlines()[0]
    known = {table: frame.collect_schema().names() for table, frame in frames.items()}
    named = [column for columns in known.values() for column in columns]
    lists = "; ".join(f"{table} has {_listed(columns)}" for table, columns in known.items())
    return f"there is no column {name!r}; {_meant(name, named)}{lists}"


def _meant(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name.casefold(), list(dict.fromkeys(known)), n=3, cutoff=0.6)
    return f"did you mean {' or '.join(close)}? " if close else ""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
