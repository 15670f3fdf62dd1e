"""Aliases of symbols, for facts that passed an edge which did not know them yet.

An edge applies what it knows; a declaration may still come after the facts it concerns. Within a partition
the chain therefore applies the rest, so that no result depends on which came first.
"""

from __future__ import annotations

import polars as pl

from untaken.streams.chain.refs import book_ref


def aliased(facts: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    """Return facts under the symbols that their runs mean; the reported name is kept in meta."""
    if aliases.is_empty() or "symbol" not in facts.columns:
        return facts
    joined = facts.join(aliases, on=["bot", "run", "symbol"], how="left", maintain_order="left")
    renamed = pl.col("named").is_not_null()
    columns = {"symbol": pl.coalesce("named", "symbol")}
    if "meta" in facts.columns:
        columns["meta"] = pl.when(renamed).then(_with_reported_name()).otherwise(pl.col("meta"))
    return joined.with_columns(**columns).drop("named")


def books_by_ref(signals: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    """Every reference under which exit signals of these signals' books may lie, and the book: ref, book."""
    own = signals.select(ref="book", book="book")
    if aliases.is_empty():
        return own.unique()
    names = aliases.rename({"symbol": "reported", "named": "symbol"})
    other = (
        signals.join(names, on=["bot", "run", "symbol"])
        .select("bot", "run", "strategy", "direction", "book", symbol="reported")
        .select(ref=book_ref(), book="book")
    )
    return pl.concat([own, other]).unique()


def names_of(symbol: str, aliases: pl.DataFrame) -> list[str]:
    """Return a symbol and every name that some run reports it by."""
    return [symbol, *aliases.filter(named=symbol)["symbol"].unique().sort().to_list()]


def other_names(aliases: pl.DataFrame) -> pl.DataFrame:
    """Return each name of a symbol beside every other name of it: symbol, other_name."""
    own = aliases.select("named", symbol="named")
    names = pl.concat([aliases.select("named", "symbol"), own]).unique()
    pairs = names.join(names.rename({"symbol": "other_name"}), on="named")
    return pairs.filter(pl.col("symbol") != pl.col("other_name")).select("symbol", "other_name").unique()


def _with_reported_name() -> pl.Expr:
    name = pl.concat_str(pl.lit('"reported_symbol":"'), _escaped(), pl.lit('"'))
    empty = pl.col("meta").is_null() | (pl.col("meta") == "{}")
    whole = pl.concat_str(pl.lit("{"), name, pl.lit("}"))
    longer = pl.concat_str(pl.col("meta").str.strip_suffix("}"), pl.lit(","), name, pl.lit("}"))
    return pl.when(empty).then(whole).otherwise(longer)


def _escaped() -> pl.Expr:
    return (
        pl.col("symbol").str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    )
