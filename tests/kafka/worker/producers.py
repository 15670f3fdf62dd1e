"""A producer that dies while it emits a file, and is started again with the same file."""

from collections.abc import Sequence
from pathlib import Path

import orjson

from tests.reliability.processes import Fault, done, ended, start
from untaken.schemas.times import from_us, rfc3339
from untaken.streams.logs.base import Entry


def killed_and_repeated(url: str, entries: Sequence[Entry], folder: Path, fault: Fault) -> None:
    """Emit facts, be killed at a point of it, and emit all of them once more."""
    file = folder / "facts.jsonl"
    file.write_bytes(b"".join(_line(entry) for entry in entries if entry.type != "settings.changed"))
    code, _, said = ended(start("emit", file, "--log", url, fault=fault))
    assert code == -9, said
    done("emit", file, "--log", url)


def _line(entry: Entry) -> bytes:
    assert entry.appended_at is not None
    envelope = {
        "appended_at": rfc3339(from_us(entry.appended_at)),
        "backfill": entry.backfill,
        "event": orjson.loads(entry.value),
    }
    return orjson.dumps(envelope) + b"\n"
