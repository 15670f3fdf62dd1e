"""Pages of reference agree with the code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tests.docs.generating import PAGES, REFERENCE
from tests.docs.metrics_page import worker_metrics
from tests.docs.running import Demo
from untaken.cli import main
from untaken.config import Config
from untaken.schemas.settings import ResultSettings

ROW = re.compile(r"^\| `(?P<name>[a-z_.]+)` \| (?:`UNTAKEN_[^|]*\| )?`(?P<value>[^`]*)` \|", re.MULTILINE)


def rows(page: str) -> dict[str, str]:
    return {row["name"]: row["value"] for row in ROW.finditer((REFERENCE / page).read_text("utf-8"))}


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    assert (REFERENCE / name).read_text("utf-8") == PAGES[name](), "run: python -m tests.docs.generating"


def test_every_setting_is_explained_with_its_default() -> None:
    assert rows("settings.md") == {name: json.dumps(value) for name, value in ResultSettings().flat().items()}


def test_every_configured_value_is_explained_with_its_default() -> None:
    defaults = Config().model_dump(exclude={"settings"})

    assert rows("configuration.md") == {
        "log": defaults["log"],
        **{
            f"{part}.{name}": "none" if value is None else str(value)
            for part in ("engine", "report", "kafka", "worker")
            for name, value in defaults[part].items()
        },
    }


def test_the_operations_guide_says_of_every_metric_of_a_worker_what_to_do() -> None:
    guide = (REFERENCE.parent / "how-to" / "operate-on-kafka.md").read_text("utf-8")
    names = [sample.name for metric in worker_metrics() for sample in metric.samples]

    assert len(names) > 10
    assert [name for name in names if f"`{name}`" not in guide] == []


def test_the_page_and_the_program_explain_a_configured_value_alike() -> None:
    page = (REFERENCE / "configuration.md").read_text("utf-8")
    parts = {name: field.default for name, field in Config.model_fields.items() if name != "settings"}
    meanings = [Config.model_fields["log"].description] + [
        field.description
        for part in parts.values()
        if isinstance(part, BaseModel)
        for field in type(part).model_fields.values()
    ]

    assert [meaning for meaning in meanings if f"| {meaning} |\n" not in page] == []


@pytest.mark.xdist_group("pages")
def test_every_key_of_a_report_is_explained(
    tmp_path: Path, demo: Demo, capsys: pytest.CaptureFixture[str]
) -> None:
    demo(tmp_path)
    assert main(["report", "--all", "--json", "--log", f"sqlite:///{tmp_path}/untaken-demo/real.db"]) == 0
    document = json.loads(capsys.readouterr().out)
    pages = [(REFERENCE / page).read_text("utf-8") for page in ("report.md", "projections.md")]
    known = set(re.findall(r"`([^`]+)`", "".join(pages)))
    named = known | {part for name in known for part in name.split(".")}

    assert [key for key in dict.fromkeys(keys(document)) if key not in named] == []


NAMED_BY_DATA = {"buckets", "edge_n", "edge_ppm", "paired_difference_ppm"}
"""Figures by bucket and by delay."""


def keys(value: Any) -> Iterator[str]:
    """Yield the keys of a document, but not those of maps from names to numbers."""
    if isinstance(value, list):
        for member in value:
            yield from keys(member)
    elif isinstance(value, dict):
        for key, member in value.items():
            yield key
            if key not in {*NAMED_BY_DATA, "events", "dead_letters", "statuses", "crossed_quotes", "filters"}:
                yield from keys(member)
