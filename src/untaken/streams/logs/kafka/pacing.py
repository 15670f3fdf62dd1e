"""Streams that advance together in event time. Pure: only frames in, frames out.

Every stream is read in the order of its offsets. Its clock is the largest event time so far, none later than
its arrival, so that a bot with a wrong clock cannot run ahead of everybody. What is shown of several streams
is what lies before the earliest point up to which all that have more to come are known; an idle stream, read
to its end, holds nobody back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

CLOCK, RANK = "_clock", "_rank"
BEGINNING = -(2**62)


@dataclass
class Lane:
    """What has been fetched of one stream and not been shown yet."""

    rank: int
    """Place among streams at the same time."""
    shown: int
    """Offset after the last record that was shown."""
    fetched: int
    """Offset after the last record that was fetched."""
    clock: int = BEGINNING
    waiting: list[pl.DataFrame] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.waiting

    def put(self, frame: pl.DataFrame, times: pl.Series, following: int) -> None:
        """Add records in order of offset; `times` are their event times in microseconds, null where unknown."""
        self.fetched = following
        if frame.is_empty():
            self.shown = following if self.is_empty else self.shown
            return
        clock = frame.select(
            pl.min_horizontal(times.fill_null(frame["appended_at"]).alias("at"), pl.col("appended_at"))
            .clip(lower_bound=self.clock)
            .cum_max()
            .alias(CLOCK),
            pl.lit(self.rank, dtype=pl.Int32).alias(RANK),
        )
        self.clock = int(clock[CLOCK][-1])
        self.waiting.append(frame.hstack(clock))

    def cut(self, records: int) -> None:
        """Drop so many records from the front: they have been shown."""
        whole = pl.concat(self.waiting)
        rest = whole[records:]
        self.waiting = [] if rest.is_empty() else [rest]
        self.shown = self.fetched if rest.is_empty() else int(rest["offset"][0])


def show(lanes: Iterable[Lane], more: Iterable[Lane], limit: int) -> pl.DataFrame | None:
    """Take at most `limit` records, in order of time, that lie before what `more` lanes have yet to fetch.

    `more`: the lanes that have not been fetched to their end; each of them holds at least one record.
    Returns None if there is nothing to show.
    """
    filled = sorted((lane for lane in lanes if not lane.is_empty), key=lambda lane: lane.rank)
    if not filled or limit <= 0:
        return None
    frontier = min((lane.clock for lane in more), default=None)
    together = pl.concat([frame for lane in filled for frame in lane.waiting])
    if frontier is not None:
        together = together.filter(pl.col(CLOCK) <= frontier)
    # By rank and offset they are in order: a stable sort by the one clock is several times faster than by all three.
    shown = together.sort(CLOCK, maintain_order=True).head(limit)
    counted = dict(shown.group_by(RANK).len().iter_rows())
    for lane in filled:
        if lane.rank in counted:
            lane.cut(counted[lane.rank])
    return None if shown.is_empty() else shown.drop(CLOCK, RANK)
