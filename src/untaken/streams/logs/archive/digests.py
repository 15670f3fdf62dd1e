"""Digests of records: the same whatever engine holds them, and whatever batches they came in."""

import hashlib

import numpy as np
import numpy.typing as npt
import polars as pl

Digests = npt.NDArray[np.uint64]
"""One row of four words a record."""

EMPTY = "0" * 64
_WORDS = 4
_BITS = 64


def record_digests(records: pl.DataFrame) -> Digests:
    """Return the SHA-256 of each record: topic, type, appended_at, backfill and value; not its position."""
    heads = records.select(
        pl.format("{} {} {} {}\n", "topic", "type", "appended_at", pl.col("backfill").cast(pl.Int8))
    ).to_series()
    whole = b"".join(
        hashlib.sha256(head.encode() + value).digest()
        for head, value in zip(heads, records["value"], strict=True)
    )
    return np.frombuffer(whole, dtype="<u8").reshape(-1, _WORDS).astype(np.uint64, copy=False)


def total(digests: Digests, before: str = EMPTY) -> str:
    """Return the digest of a set of records: the sums, modulo 2^64, of the words of their digests.

    Equal for equal records in any order. It finds accidents; a forger it does not stop.
    """
    sums = [int(word) for word in digests.sum(axis=0, dtype=np.uint64)]
    return _text([(mine + yours) % (1 << _BITS) for mine, yours in zip(sums, _words(before), strict=True)])


def text_of(digest: npt.NDArray[np.uint64]) -> str:
    """Return the digest of one record as text."""
    return _text([int(word) for word in digest])


def _text(words: list[int]) -> str:
    return "".join(f"{word:016x}" for word in words)


def _words(text: str) -> list[int]:
    return [int(text[place : place + 16], 16) for place in range(0, 64, 16)]
