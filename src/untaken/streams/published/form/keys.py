"""Keys of state topics: what a record is about, in a form that people can read."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from untaken.streams.chain.refs import SEPARATOR

_ESCAPED = str.maketrans({"%": "%25", "/": "%2F"})


def key_of(*parts: str) -> bytes:
    """Join names with slashes; a slash inside a name is escaped, so that keys are unambiguous."""
    return "/".join(part.translate(_ESCAPED) for part in parts).encode()


def parts_of(key: bytes) -> list[str]:
    """Return the names that a key was made of."""
    return [unquote(part) for part in key.decode(errors="replace").split("/")]


def keys_of_refs(refs: Iterable[str]) -> list[bytes]:
    """Return the keys (bot/run/id) of rows by their references."""
    return [key_of(*ref.split(SEPARATOR)[1:]) for ref in refs]


def ref_of_key(letter: str, key: bytes) -> str:
    """Return the reference of a row (`s` of a signal, `t` of a trade) by its key."""
    return SEPARATOR.join([letter, *parts_of(key)])


def table_name(name: str, version: int) -> str:
    """Return the name under which a version of a projection is kept."""
    return f"{name}.v{version}"
