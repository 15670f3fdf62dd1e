"""Where merged states lie between two looks: in the user's cache directory, one file a log."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from untaken.streams.store.state import NotAState, State, StateBroken, StateInUse, StateNewer

_FILES = ("", "-wal", "-shm", "-engine")
_BROKEN = (NotAState, StateBroken, StateNewer, OSError)


def cache_file(url: str, environment: Mapping[str, str]) -> Path | None:
    """Return the file that keeps what was read of a log, below XDG_CACHE_HOME or ~/.cache; none without a home."""
    try:
        home = environment.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    except RuntimeError:
        return None
    return Path(home) / "untaken" / "views" / f"{sha256(url.encode()).hexdigest()[:16]}.db"


def open_cache(file: Path | None) -> State:
    """Open a merged state for writing; in memory where there is no file, or another process is writing it.

    A file that cannot be read is thrown away: it is only a cache.
    """
    if file is None:
        return State(None)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return State(file)
    except StateInUse:
        return State(None)
    except _BROKEN:
        return _anew(file)


def _anew(file: Path) -> State:
    try:
        for name in _FILES:
            file.with_name(file.name + name).unlink(missing_ok=True)
        return State(file)
    except (*_BROKEN, StateInUse):
        return State(None)
