"""Which bar counts at which moment where bars of several intervals, and quotes, lie over each other."""

from typing import NamedTuple

import numpy as np

from untaken.streams.shadow.arithmetic import I64, Bool

_NEVER = np.iinfo(np.int64).min


class Pieces(NamedTuple):
    """What remains, in order of time: `taken` are rows of the bars, followed by those of the quotes."""

    taken: I64
    open_at: I64
    close_at: I64
    interval_us: I64
    close_only: Bool


class _Cover(NamedTuple):
    """Stretches of time without overlap, ascending."""

    start: I64
    end: I64

    def joined(self, start: I64, end: I64) -> "_Cover":
        starts, ends = np.concatenate([self.start, start]), np.concatenate([self.end, end])
        order = np.argsort(starts, kind="stable")
        starts, reach = starts[order], np.maximum.accumulate(ends[order])
        first = np.append(True, starts[1:] > reach[:-1])
        return _Cover(starts[first], reach[np.append(np.flatnonzero(first)[1:] - 1, starts.size - 1)])


def finest(open_at: I64, close_at: I64, interval_us: I64, *, points: I64) -> Pieces:
    """Return what counts of bars, given in any order, and of quotes at `points`, ascending."""
    opens, touched, kept = open_at.copy(), np.zeros(open_at.size, np.bool_), np.ones(open_at.size, np.bool_)
    cover = _Cover(np.empty(0, np.int64), np.empty(0, np.int64))
    by_open = np.argsort(open_at, kind="stable")
    for interval in np.unique(interval_us):
        rows = by_open[interval_us[by_open] == interval]
        start, end = open_at[rows], close_at[rows]
        until = _finer_until(start, end, cover, points)
        touched[rows], kept[rows] = until > _NEVER, until < end
        opens[rows] = np.maximum(start, until)
        cover = cover.joined(start, end)
    taken = np.flatnonzero(kept)
    columns = (
        np.concatenate([taken, open_at.size + np.arange(points.size)]),
        np.concatenate([opens[taken], points]),
        np.concatenate([close_at[taken], points]),
        np.concatenate([interval_us[taken], np.zeros_like(points)]),
        np.concatenate([touched[taken], np.zeros(points.size, np.bool_)]),
    )
    order = np.lexsort((columns[2], columns[1]))
    return Pieces(*(column[order] for column in columns))


def _finer_until(start: I64, end: I64, cover: _Cover, points: I64) -> I64:
    """Return the last moment of each bar that something finer, or its predecessor, covers; else _NEVER."""
    predecessor = np.concatenate([[_NEVER], np.maximum.accumulate(end)[:-1]])
    until = np.where(predecessor > start, predecessor, _NEVER)
    until = np.maximum(until, _last(cover.end, np.searchsorted(cover.start, end) - 1, start + 1))
    until = np.maximum(until, _last(points, np.searchsorted(points, end) - 1, start))
    return np.minimum(until, end)


def _last(times: I64, at: I64, since: I64) -> I64:
    """Return times[at] where that is at or after `since`, else _NEVER."""
    found = np.append(times, _NEVER)[at]
    return np.where(found >= since, found, _NEVER)
