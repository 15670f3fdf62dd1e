"""The directory of an archive: its manifest, its lock, and what a killed writer left behind."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from untaken.streams.faults import point
from untaken.streams.logs.archive.disk import PARTIAL, explained, locked, put, sync
from untaken.streams.logs.archive.manifest import NAME, Manifest, decoded, encoded
from untaken.streams.logs.errors import LogMissing, LogUnavailable, NotALog

LOCK = "writer.lock"
_OWN_FILE = re.compile(r"(\d{6,})\.parquet(\.partial)?")

Stamp = tuple[int, int, int]


class ArchiveFolder:
    """One archive on disk. The manifest is read again whenever it has been replaced."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self.path = path.expanduser().absolute()
        self._manifest: Manifest | None = None
        self._stamp: Stamp | None = None
        self._demand_place(create=create)

    @property
    def manifest_path(self) -> Path:
        return self.path / NAME

    def manifest(self) -> Manifest | None:
        """Return the manifest as it is now; None for an archive that has not been made yet."""
        stamp = self._stamp_now()
        if stamp is None:
            if self._stamp is not None:
                raise LogMissing(self.manifest_path, "it was moved or deleted while in use; put it back")
            return None
        if stamp != self._stamp:
            self._manifest = decoded(self._manifest_bytes(), self.manifest_path)
            self._stamp = stamp
        return self._manifest

    def replace(self, manifest: Manifest) -> None:
        """Make a manifest the one in force; what it names must be on disk."""
        point("archive.before-manifest")
        put(self.manifest_path, encoded(manifest))
        sync(self.path)
        self._manifest, self._stamp = manifest, self._stamp_now()
        point("archive.manifest-replaced")

    @contextmanager
    def writing(self, timeout_s: float) -> Iterator[None]:
        """Be the only writer of the archive, which is made if need be."""
        with explained(self.path):
            self.path.mkdir(exist_ok=True)
        with locked(self.path / LOCK, timeout_s):
            yield

    def clear_leftovers(self) -> None:
        """Remove files that a killed writer left and no manifest names."""
        manifest = self.manifest()
        segments = 0 if manifest is None else len(manifest.segments)
        self.manifest_path.with_name(NAME + PARTIAL).unlink(missing_ok=True)
        for file in self.path.glob("topic=*/date=*/*"):
            found = _OWN_FILE.fullmatch(file.name)
            if found and (found[2] or int(found[1]) > segments):
                file.unlink(missing_ok=True)

    def _manifest_bytes(self) -> bytes:
        try:
            return self.manifest_path.read_bytes()
        except OSError as error:
            raise LogUnavailable(self.manifest_path, error.strerror or str(error)) from error

    def _stamp_now(self) -> Stamp | None:
        try:
            found = self.manifest_path.stat()
        except FileNotFoundError:
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino)

    def _demand_place(self, *, create: bool) -> None:
        path = self.path
        if path.exists() and not path.is_dir():
            raise NotALog(path, "a file, and an archive is a directory")
        if not path.parent.is_dir():
            raise LogMissing(path, f"there is no directory {path.parent}: make it, or correct the URL")
        if self.manifest() is not None:
            return
        if path.is_dir() and any(file.name not in {LOCK, NAME + PARTIAL} for file in path.iterdir()):
            raise NotALog(path, f"a directory with other files and no {NAME}")
        if not create:
            raise LogMissing(
                path, "there is no archive: correct the URL, or make one with `untaken replay export`"
            )
