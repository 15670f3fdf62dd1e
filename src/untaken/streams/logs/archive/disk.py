"""Files that are there as a whole or not at all, and what goes wrong with them in words."""

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from untaken.streams.logs.archive.errors import ArchiveDamaged, ArchiveIncomplete
from untaken.streams.logs.errors import LogError, LogFull, LogLocked, LogReadOnly, LogUnavailable

PARTIAL = ".partial"
_POLL_S = 0.01
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise what the operating system reports as the `LogError` that a user understands."""
    try:
        yield
    except OSError as error:
        raise _explanation(error, path) from error


def _explanation(error: OSError, path: Path) -> LogError:
    if error.errno in _FULL:
        return LogFull(path)
    if error.errno in _FORBIDDEN:
        return LogReadOnly(path)
    return LogUnavailable(path, error.strerror or str(error))


def put(path: Path, data: bytes) -> None:
    """Write a file so that after a crash it is the old one or the new one; `sync` makes it last."""
    partial = path.with_name(path.name + PARTIAL)
    with explained(path):
        try:
            with partial.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def sync(folder: Path) -> None:
    """Make what was renamed into a directory last through a power failure."""
    with explained(folder):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def fetched(path: Path, size: int, sha256: str) -> bytes:
    """Return the bytes of a file; raises unless they are those that were written."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ArchiveIncomplete(path) from None
    except OSError as error:
        raise LogUnavailable(path, error.strerror or str(error)) from error
    demand_whole(path, data, size, sha256)
    return data


def demand_whole(path: Path, data: bytes, size: int, sha256: str) -> None:
    """Raise unless these bytes of a file are those that were written."""
    if len(data) != size:
        raise ArchiveDamaged(path, f"it has {len(data):,} bytes where {size:,} were written")
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ArchiveDamaged(path, "its digest is not the one in the manifest")


@contextmanager
def locked(path: Path, timeout_s: float) -> Iterator[None]:
    """Be the only writer; the system frees the lock when the process dies."""
    with explained(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _wait_for(handle, path, timeout_s)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int, path: Path, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                raise _explanation(error, path) from error
            if time.monotonic() >= deadline:
                raise LogLocked(path, timeout_s) from None
            time.sleep(_POLL_S)
        else:
            return
