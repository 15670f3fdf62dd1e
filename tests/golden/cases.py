"""Golden cases, read where they lie: UNTAKEN_GOLDEN, else ../shared/golden beside the repository."""

import json
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

ROOT = Path(__file__).parents[2]

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One case; `lines` are its records as they were written, in order of arrival."""

    name: str
    lines: Sequence[str]
    settings: Mapping[str, Any]
    expected: Mapping[str, Any]

    @property
    def records(self) -> list[Record]:
        """The records, numbers as the decimals that they were written as."""
        return [exact(line) for line in self.lines]

    def shuffled(self, seed: int) -> "Case":
        """Return the case with its records in another order of arrival."""
        lines = list(self.lines)
        random.Random(seed).shuffle(lines)
        return replace(self, lines=lines)


def golden_folder() -> Path:
    configured = os.environ.get("UNTAKEN_GOLDEN")
    return Path(configured) if configured else ROOT.parent / "shared" / "golden"


def folders() -> list[Path]:
    return sorted(path.parent for path in golden_folder().glob("*/expected.json"))


def load(folder: Path) -> Case:
    """Read one case."""
    settings = folder / "settings.json"
    lines = (folder / "events.jsonl").read_text("utf-8").splitlines()
    return Case(
        name=folder.name,
        lines=[line for line in lines if line.strip()],
        settings=exact(settings.read_text("utf-8")) if settings.exists() else {},
        expected=exact((folder / "expected.json").read_text("utf-8")),
    )


def exact(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def parameters(*numbers: str) -> list[ParameterSet]:
    """Return one test parameter a case, or one of each of these numbers; where there are none, one that is skipped."""
    found = [folder for folder in folders() if not numbers or folder.name.startswith(numbers)]
    if found:
        return [pytest.param(folder, id=folder.name) for folder in found]
    reason = f"no golden cases in {golden_folder()}: set UNTAKEN_GOLDEN to the folder that holds them"
    return [pytest.param(None, id="absent", marks=pytest.mark.skip(reason=reason))]
