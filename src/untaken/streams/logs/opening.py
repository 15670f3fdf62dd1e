"""From a log's URL to the log."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from untaken.streams.logs.base import Clock, Log, system_clock
from untaken.streams.logs.errors import UnknownLogUrl
from untaken.streams.logs.kafka.address import SCHEME, address_of
from untaken.streams.logs.kafka.errors import KafkaNotInstalled
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.logs.sqlite import SqliteLog

if TYPE_CHECKING:
    from untaken.streams.logs.kafka.log import KafkaLog


def open_log(
    url: str,
    *,
    create: bool = True,
    read_only: bool = False,
    timeout_s: float = 10.0,
    clock: Clock = system_clock,
    kafka: KafkaOptions | None = None,
) -> Log:
    """Open the log at a URL: sqlite:///path, a path ending in .db, kafka://host:port, parquet:///dir, memory:// (new).

    Raises a `LogError` that says what is wrong with the URL or the log. With `create=False` a log that does
    not exist is refused. `timeout_s`: how long an append waits for other writers before it raises `LogLocked`.
    `kafka`: how brokers are reached, and what topics are like if they have to be made.
    """
    if url == "memory://":
        return MemoryLog(clock)
    if is_kafka(url):
        return open_kafka(url, kafka, create=create, read_only=read_only)
    if is_archive(url):
        from untaken.streams.logs.archive.log import ArchiveLog  # noqa: PLC0415 - writers stay free of polars

        return ArchiveLog(
            folder_of(url), create=create, read_only=read_only, timeout_s=timeout_s, clock=clock
        )
    return SqliteLog(file_of(url), create=create, read_only=read_only, timeout_s=timeout_s, clock=clock)


def open_kafka(
    url: str, options: KafkaOptions | None = None, *, create: bool = True, read_only: bool = False
) -> "KafkaLog":
    """Open the log of a kafka:// URL; with `create` its topics are made if they are missing."""
    address = address_of(url, options)
    if find_spec("aiokafka") is None:
        raise KafkaNotInstalled
    from untaken.streams.logs.kafka.log import KafkaLog  # noqa: PLC0415 - its client library is an extra

    return KafkaLog(address, create=create, read_only=read_only)


def demand_url(url: str) -> None:
    """Raise UnknownLogUrl for what is no URL of a log that bots and engines write; opens nothing."""
    if is_kafka(url):
        address_of(url)
    else:
        file_of(url)


def file_of(url: str) -> Path:
    """Return the file of an embedded log's URL."""
    scheme, separator, rest = url.partition("://")
    if not separator and url.endswith(".db"):
        return Path(url).expanduser()
    if not separator:
        raise UnknownLogUrl(url, "it has no scheme")
    if is_kafka(url):
        raise UnknownLogUrl(url, "it lies on brokers, where a log in a file is needed")
    if scheme == "parquet":
        raise UnknownLogUrl(url, "an archive takes what `untaken replay export` brings, not what bots emit")
    if scheme != "sqlite":
        raise UnknownLogUrl(url, f"the scheme {scheme!r} is not known")
    if not rest.startswith("/") or rest == "/":
        raise UnknownLogUrl(url, "a path must follow the third slash")
    return Path(rest[1:]).expanduser()


def is_kafka(url: str) -> bool:
    return url.startswith(f"{SCHEME}://")


def is_archive(url: str) -> bool:
    return url.startswith("parquet:")


def folder_of(url: str) -> Path:
    """Return the directory of an archive's URL."""
    rest = url.removeprefix("parquet://")
    if rest == url or not rest.startswith("/") or not rest.strip("/"):
        raise UnknownLogUrl(url, "a path must follow the third slash")
    return Path(rest[1:]).expanduser()
