"""What lies in a reader's folder before a page begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

PLACES: dict[str, Callable[[Path], None]] = {}
