"""The page of projections tells of every table and every figure that there is, and of no other."""

from functools import cache
from typing import Any

import pytest

from tests.docs.projection_figures import SOURCES
from tests.docs.projections_page import SECTIONS, Section, projections_page
from tests.properties.changes import with_settings
from tests.properties.logs import SEEDS, log_of_seed
from tests.streams.chain.engines import Record, computed
from tests.streams.chain.records import NOON, record
from untaken.projections.catalogue import PROJECTIONS
from untaken.schemas.registry import TOPICS
from untaken.streams.answers import SECTIONS as ANSWERED
from untaken.streams.answers import Asked, figures
from untaken.streams.view import View

KNOBS: list[Record] = [
    record(
        "knob.adjusted",
        "k1",
        NOON,
        knob="max_positions",
        old=3.0,
        target=5.0,
        new=4.0,
        rules=[],
        cycle_id="c",
        evidence={},
    ),
    record("knob.overridden", "k2", NOON, knob="stop_loss_pct", new=1.5, by="ann"),
]

NEEDS_EVIDENCE = {"ineffective_guards/net_cost", "suggestions/knob", "suggestions/scenario"}
"""Figures that only long logs have."""


@cache
def names_in(section: str) -> frozenset[str]:
    view = View(computed([*with_settings(log_of_seed(SEEDS[0])), *KNOBS]).state)
    found = figures(view, section, Asked(hours=None))
    return frozenset(names([each.get(section, each) for each in found]))


def names(value: Any) -> set[str]:
    """Return the names of all figures, however deep; what is named by data is none."""
    if isinstance(value, list | tuple):
        return set().union(*map(names, value))
    if not isinstance(value, dict):
        return set()
    own = {name for name in value if not name.lstrip("-").isdigit() and "/" not in name}
    return own.union(*map(names, value.values()))


def test_every_section_and_every_table_has_its_place() -> None:
    assert {section.name for section in SECTIONS} == {*ANSWERED, "knob_state", "log_health"}
    assert sorted(name for section in SECTIONS for name in section.tables) == sorted(
        projection.name for projection in PROJECTIONS
    )


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_every_figure_is_told_and_every_one_told_exists(section: Section) -> None:
    data = {*TOPICS} if section.name == "log_health" else set()
    rare = {name.partition("/")[2] for name in NEEDS_EVIDENCE}
    found = names_in(section.name)

    assert found - data <= section.figures.keys()
    assert section.figures.keys() - rare <= found | data


def test_every_source_is_cited() -> None:
    page = projections_page()

    assert [n for n in range(1, len(SOURCES) + 1) if f"[{n}]" not in page and f", {n}]" not in page] == []
    assert f"[{len(SOURCES) + 1}]" not in page
