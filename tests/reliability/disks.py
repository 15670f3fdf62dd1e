"""Small disks of their own, where the tests may mount one."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Disk:
    """A mounted disk; `fill` leaves only so many bytes of it free."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self, leaving: int = 0) -> None:
        free = os.statvfs(self.path)
        size = free.f_bavail * free.f_frsize - leaving
        self._ballast.write_bytes(b"\0" * max(0, size))

    def empty(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def make(self, mode: str) -> None:
        """Make it `ro` or `rw`."""
        subprocess.run(["mount", "-o", f"remount,{mode}", self.path], check=True)


@contextmanager
def disk_of(megabytes: int, place: Path) -> Iterator[Disk]:
    """Mount a disk in memory; skips the test where that is not allowed."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "untaken-test", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk needs root and its rights")
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
