"""Digests of tables: the same rows in the same order give the same digest, in whatever chunks they lie."""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl


def digest(table: pl.DataFrame) -> str:
    """Return the SHA-256 over a sorted table, column by column, nulls told apart from zeros."""
    text = hashlib.sha256()
    for name in table.columns:
        column = table[name].rechunk()
        text.update(f"{name}:{column.dtype}:{len(column)}\n".encode())
        text.update(np.packbits(column.is_null().to_numpy()).tobytes())
        text.update(_bytes(column))
    return text.hexdigest()


def _bytes(column: pl.Series) -> bytes:
    dtype = column.dtype
    if dtype == pl.Int128:
        return "\n".join(column.cast(pl.String).fill_null("").to_list()).encode()
    if dtype.is_numeric() or dtype == pl.Boolean:
        return bytes(column.fill_null(0 if dtype.is_numeric() else False).to_numpy().tobytes())
    if dtype == pl.String:
        texts = column.fill_null("")
        return texts.str.len_bytes().to_numpy().tobytes() + "".join(texts.to_list()).encode()
    nested = pl.DataFrame({"x": column}).select(pl.struct("x").struct.json_encode()).to_series()
    return "\n".join(nested.to_list()).encode()
