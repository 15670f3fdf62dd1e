"""Disks that are full or may not be written, made for one test; skipped aloud where this machine does not allow it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """Mount a disk of that size at a new folder."""
    place.mkdir()
    _mount(place, "-t", "tmpfs", "-o", f"size={size}", "untaken-test")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    """Take away for a while the right to write on a disk that `small_disk` mounted."""
    _mount(disk, "-o", "remount,ro")
    try:
        yield
    finally:
        _mount(disk, "-o", "remount,rw")


def _mount(place: Path, *options: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may mount the small and read-only disks that this test needs")
    ended = subprocess.run(["mount", *options, str(place)], capture_output=True, text=True, check=False)
    if ended.returncode:
        pytest.skip(f"this machine mounts no disks for tests: {ended.stderr.strip()}")
