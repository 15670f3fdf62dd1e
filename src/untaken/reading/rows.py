"""Ledger and trades as users read them: times in UTC, money in account currency, one row a signal or a trade."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from untaken.projections import ledger, trades
from untaken.reading.columns import TIME
from untaken.schemas.events.derived import LedgerRow, TradeRow
from untaken.streams.store.rows import Kind

E8: Final = 100_000_000
_MONEY: Final = "_e8"
_VERDICTS: Final = "verdicts"

STORED: Final[dict[Kind, dict[str, pl.DataType]]] = {"ledger": ledger.COLUMNS, "trades": trades.COLUMNS}
MODELS: Final[dict[Kind, type[LedgerRow | TradeRow]]] = {"ledger": LedgerRow, "trades": TradeRow}
"""Where the columns of each table are described."""

DECISIONS: Final = ("bot", "run", "mode", "signal_id", "symbol", "strategy")
"""What a decision's row says of its signal."""


_OTHERWISE: Final = {
    "sole": "The blocker, if it is the only one; null where unknown.",
    "components": "Scores by component; JSON text.",
    "features": "Numbers that the model saw; JSON text.",
    "meta": "Anything else that the signal said; JSON text.",
}
"""Columns that an event has in another form."""


def shown(rows: pl.LazyFrame, kind: Kind, *, exact: bool = False) -> pl.LazyFrame:
    """Return stored rows as they are shown; `exact` keeps money as integers of 1e-8, in columns that end in `_e8`."""
    return rows.select(_shown(name, dtype, exact=exact) for name, dtype in STORED[kind].items())


def schema(kind: Kind, *, exact: bool = False) -> dict[str, pl.DataType]:
    """Return the columns of a table as they are shown."""
    return dict(shown(pl.LazyFrame(schema=STORED[kind]), kind, exact=exact).collect_schema())


def decisions(shown_ledger: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row for each verdict: the last of a guard in an attempt on a signal."""
    return (
        shown_ledger.select(*DECISIONS, _VERDICTS)
        .explode(_VERDICTS, empty_as_null=False, keep_nulls=False)
        .unnest(_VERDICTS)
    )


def described(kind: Kind) -> Mapping[str, str]:
    """Return what each shown column holds, with its unit."""
    fields = MODELS[kind].model_fields
    texts = {name: str(fields[name].description) for name in STORED[kind]} | _OTHERWISE
    return {_name(name, exact=False): _described(name, texts[name]) for name in STORED[kind]}


def _shown(name: str, dtype: pl.DataType, *, exact: bool) -> pl.Expr:
    if is_time(name):
        return pl.col(name).cast(TIME)
    if name.endswith(_MONEY):
        return pl.col(name) if exact else (pl.col(name) / E8).alias(_name(name, exact=False))
    if name == _VERDICTS:
        at = pl.element().struct.with_fields(pl.element().struct.field("at").cast(TIME))
        return pl.col(name).list.eval(at)
    return pl.col(name).cast(dtype)


def is_time(name: str) -> bool:
    """Whether a stored column is a moment."""
    return name == "at" or name.endswith("_at")


def _name(name: str, *, exact: bool) -> str:
    return name if exact else name.removesuffix(_MONEY)


def _described(name: str, text: str) -> str:
    if name.endswith(_MONEY):
        return text.replace("1e-8 of the account currency", "account currency")
    if is_time(name):
        return text.replace("; UTC, microseconds", "; UTC")
    return text
