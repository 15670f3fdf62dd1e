"""Which scenarios of a grid of thresholds let a signal through: a range of places on each axis, signal by signal.

A verdict passes up to a place on the axis of its threshold, or from a place on; a signal is let through where all
its verdicts pass. So a thousand thresholds cost no more than one: nobody is judged again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from untaken.replay.whatif.judging import TAKEN
from untaken.replay.whatif.rejudging import concerned_verdicts
from untaken.replay.whatif.sweeps.grid import Axis

I32 = NDArray[np.int32]


@dataclass(frozen=True)
class Boxes:
    """By signal: where on each axis it is let through, [first, last); nowhere if not first < last."""

    first: I32
    """Axis by signal."""
    last: I32


@dataclass(frozen=True)
class Verdicts:
    """What a grid of thresholds asks of ledger rows, before any guard is off."""

    rows: pl.DataFrame
    places: pl.DataFrame
    """Verdicts that an axis concerns: row, guard, blocked, axis, and where they pass, [first, last)."""
    sizes: tuple[int, ...]
    """Values by axis."""

    @classmethod
    def of(cls, rows: pl.DataFrame, axes: Sequence[Axis]) -> Verdicts:
        """Find where each verdict passes; `axes` are of thresholds, their values ascending."""
        names = {axis.rule.partition(".")[2]: float(number) for number, axis in enumerate(axes)}
        sizes = tuple(len(axis.values) for axis in axes)
        if not axes:
            return cls(rows, pl.DataFrame(schema=_PLACES), sizes)
        asked = concerned_verdicts(rows, names).with_columns(
            blocked=pl.col("verdict") == "blocked", axis=pl.col("wanted").cast(pl.Int32)
        )
        parts = [
            _placed(asked.filter(pl.col("axis") == number), np.array(axis.values, dtype=np.float64))
            for number, axis in enumerate(axes)
        ]
        return cls(rows, pl.concat([pl.DataFrame(schema=_PLACES), *parts]), sizes)

    def boxes(self, off: Sequence[str]) -> Boxes:
        """Return where signals are let through while some guards are off; cut chains never are."""
        asked = self.places.filter(~pl.col("guard").is_in(list(off))) if off else self.places
        shape = (max(1, len(self.sizes)), self.rows.height)
        first, last = np.zeros(shape, np.int32), np.ones(shape, np.int32)
        for number, size in enumerate(self.sizes):
            last[number] = size
        taken, free = self._taken_and_free(asked, off)
        last[:, ~(taken | free)] = 0
        _cut(first, last, asked.filter(~pl.col("blocked")))
        # A signal that the bot took in spite of a block is taken in spite of it under any threshold.
        _cut(first, last, asked.filter(pl.col("blocked") & pl.Series(free).gather(asked["row"])))
        return Boxes(first, last)

    def _taken_and_free(
        self, asked: pl.DataFrame, off: Sequence[str]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return who was let through, and who is blocked by nobody but guards that are asked again or off."""
        again = (
            asked.filter("blocked").group_by("row").agg(pl.len().alias("again"))
            if asked.height
            else pl.DataFrame(schema={"row": pl.UInt32, "again": pl.UInt32})
        )
        counted = self.rows.select(
            "status",
            complete=pl.col("chain_complete").fill_null(value=False),
            blockers=pl.col("blockers")
            .list.set_difference(pl.lit(list(off), dtype=pl.List(pl.String)))
            .list.len(),
            row=pl.int_range(pl.len(), dtype=pl.UInt32),
        ).join(again, on="row", how="left", maintain_order="left")
        taken = counted["status"].is_in(TAKEN)
        nobody = counted["blockers"].cast(pl.Int64) <= counted["again"].fill_null(0).cast(pl.Int64)
        free = (counted["status"] == "blocked") & counted["complete"] & nobody
        return taken.to_numpy(), free.to_numpy()


_PLACES = {
    "row": pl.UInt32,
    "guard": pl.String,
    "blocked": pl.Boolean,
    "axis": pl.Int32,
    "first": pl.Int32,
    "last": pl.Int32,
}


def _placed(asked: pl.DataFrame, values: NDArray[np.float64]) -> pl.DataFrame:
    """Say where on an axis verdicts pass; one that cannot be judged again stands (see `rejudging`)."""
    value = asked["value"].fill_null(float("nan")).to_numpy()
    at_least = (asked["comparison"] == ">=").fill_null(value=False).to_numpy()
    blocked = asked["blocked"].to_numpy()
    held = np.where(at_least, value >= _limit(asked), value <= _limit(asked))
    contradicts = asked["threshold"].is_not_null().to_numpy() & (held == blocked)
    known = asked["comparison"].is_not_null().to_numpy() & ~np.isnan(value) & ~contradicts
    size = len(values)
    first = np.where(at_least, 0, np.searchsorted(values, value, side="left"))
    last = np.where(at_least, np.searchsorted(values, value, side="right"), size)
    return asked.select("row", "guard", "blocked", "axis").with_columns(
        first=pl.Series(np.where(known, first, 0), dtype=pl.Int32),
        last=pl.Series(np.where(known, last, np.where(blocked, 0, size)), dtype=pl.Int32),
    )


def _limit(asked: pl.DataFrame) -> NDArray[np.float64]:
    return asked["threshold"].fill_null(float("nan")).to_numpy()


def _cut(first: I32, last: I32, asked: pl.DataFrame) -> None:
    where = (asked["axis"].to_numpy(), asked["row"].to_numpy())
    np.maximum.at(first, where, asked["first"].to_numpy())
    np.minimum.at(last, where, asked["last"].to_numpy())
