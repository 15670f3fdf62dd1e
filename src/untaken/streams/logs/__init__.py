"""The log: every event in the order in which it was accepted, behind one interface.

Nothing here imports polars before a log is read, so that a bot that only writes stays light.
"""

from untaken.streams.logs.base import Batch, Count, Entry, Log, Position
from untaken.streams.logs.errors import (
    LogClosed,
    LogCorrupt,
    LogError,
    LogFull,
    LogLocked,
    LogMissing,
    LogNewer,
    LogOlder,
    LogReadOnly,
    LogTruncated,
    LogUnavailable,
    LogUnreachable,
    NotALog,
    UnknownLogUrl,
)
from untaken.streams.logs.opening import open_log

__all__ = [
    "Batch",
    "Count",
    "Entry",
    "Log",
    "LogClosed",
    "LogCorrupt",
    "LogError",
    "LogFull",
    "LogLocked",
    "LogMissing",
    "LogNewer",
    "LogOlder",
    "LogReadOnly",
    "LogTruncated",
    "LogUnavailable",
    "LogUnreachable",
    "NotALog",
    "Position",
    "UnknownLogUrl",
    "open_log",
]
