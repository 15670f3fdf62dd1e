"""From a log's URL to the log."""

from pathlib import Path

from untaken.streams.logs.base import Clock, Log, system_clock
from untaken.streams.logs.errors import UnknownLogUrl
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.logs.sqlite import SqliteLog

_LATER = {"kafka": "Kafka logs", "parquet": "Parquet archives"}


def open_log(
    url: str,
    *,
    create: bool = True,
    read_only: bool = False,
    timeout_s: float = 10.0,
    clock: Clock = system_clock,
) -> Log:
    """Open the log at a URL: `sqlite:///path`, a bare path that ends in .db, or `memory://` (always a new one).

    Raises a `LogError` that says what is wrong with the URL or the log. With `create=False` a log that does
    not exist is refused. `timeout_s`: how long an append waits for other writers before it raises `LogLocked`.
    """
    if url == "memory://":
        return MemoryLog(clock)
    return SqliteLog(file_of(url), create=create, read_only=read_only, timeout_s=timeout_s, clock=clock)


def file_of(url: str) -> Path:
    """Return the file of an embedded log's URL."""
    scheme, separator, rest = url.partition("://")
    if not separator and url.endswith(".db"):
        return Path(url).expanduser()
    if not separator:
        raise UnknownLogUrl(url, "it has no scheme")
    if scheme in _LATER:
        raise UnknownLogUrl(url, f"{_LATER[scheme]} come with a later version")
    if scheme != "sqlite":
        raise UnknownLogUrl(url, f"the scheme {scheme!r} is not known")
    if not rest.startswith("/") or rest == "/":
        raise UnknownLogUrl(url, "a path must follow the third slash")
    return Path(rest[1:]).expanduser()
