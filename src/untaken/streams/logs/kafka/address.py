"""URLs of Kafka logs: `kafka://host:port[,host:port][?prefix=...]`."""

import re
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

from untaken.streams.logs.errors import UnknownLogUrl
from untaken.streams.logs.kafka.options import PREFIX, KafkaOptions

SCHEME = "kafka"
_SERVER = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:/?#\[\],@]+):\d{1,5}")
_PREFIX = re.compile(r"[a-zA-Z0-9._-]{1,150}")


class Address(NamedTuple):
    """Where a Kafka log is."""

    servers: tuple[str, ...]
    options: KafkaOptions

    @property
    def url(self) -> str:
        prefix = self.options.prefix
        told = "" if prefix == PREFIX else f"?prefix={quote(prefix)}"
        return f"{SCHEME}://{','.join(self.servers)}{told}"


def address_of(url: str, options: KafkaOptions | None = None) -> Address:
    """Read a URL; what it says of the prefix beats the options. Raises `UnknownLogUrl`."""
    place, _, query = url.removeprefix(f"{SCHEME}://").partition("?")
    servers = tuple(place.rstrip("/").split(","))
    for server in servers:
        if not _SERVER.fullmatch(server):
            raise UnknownLogUrl(url, f"{server!r} is no host:port")
    told = dict(parse_qsl(query, keep_blank_values=True))
    if told.keys() - {"prefix"}:
        raise UnknownLogUrl(url, f"{min(told.keys() - {'prefix'})!r} is not known, only prefix is")
    chosen = options or KafkaOptions()
    prefix = told.get("prefix", chosen.prefix)
    if not _PREFIX.fullmatch(prefix):
        raise UnknownLogUrl(
            url, f"{prefix!r} is no prefix of topics, which are of a-z, A-Z, 0-9, '.', '_', '-'"
        )
    return Address(servers, replace(chosen, prefix=prefix))
