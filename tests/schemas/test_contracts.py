"""A change that would make a stored event unreadable is refused."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import Field

from untaken.schemas.base import Event
from untaken.schemas.contracts.documents import broken, exported
from untaken.schemas.contracts.export import check, export
from untaken.schemas.contracts.narrowing import narrowings
from untaken.schemas.events.decisions import DecisionMade
from untaken.schemas.kinds import Ordinal
from untaken.schemas.registry import EVENTS

Schema = dict[str, Any]

PUBLISHED = Path(__file__).parents[2] / "src" / "untaken" / "schemas" / "published"

OLD: Schema = {
    "$defs": {
        "Snapshot": {"type": "object", "properties": {"price": {"type": "number"}}, "required": ["price"]}
    },
    "type": "object",
    "additionalProperties": False,
    "required": ["price"],
    "properties": {
        "price": {"type": "number", "minimum": 0, "maximum": 100},
        "count": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
        "verdict": {"enum": ["approved", "blocked"], "type": "string"},
        "name": {"type": "string", "minLength": 1, "maxLength": 10, "pattern": "a"},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
        "scores": {"type": "object", "additionalProperties": {"type": "number"}, "maxProperties": 5},
        "meta": {"type": "object", "additionalProperties": {}},
        "snapshot": {"$ref": "#/$defs/Snapshot"},
    },
}


def changed(change: Callable[[Schema], object]) -> Schema:
    schema = copy.deepcopy(OLD)
    change(schema)
    return schema


def field(name: str, **changes: Any) -> Callable[[Schema], object]:
    return lambda schema: schema["properties"][name].update(changes)


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        (lambda schema: schema["properties"].pop("name"), "name was removed"),
        (lambda schema: schema["required"].append("name"), "name is needed now and was not before"),
        (lambda schema: schema["$defs"]["Snapshot"]["required"].append("bid"), "snapshot.bid is needed now"),
        (lambda schema: schema["$defs"]["Snapshot"]["properties"]["price"].update(minimum=0), "snapshot.price has minimum 0 now, was open"),
        (field("price", minimum=1), "price has minimum 1 now, was 0"),
        (field("price", maximum=99), "price has maximum 99 now, was 100"),
        (field("price", exclusiveMinimum=0), "price has exclusiveMinimum 0 now, was open"),
        (field("price", type="integer"), "price no longer takes values of type number"),
        (field("price", type="string"), "price no longer takes values of type number"),
        (field("count", anyOf=[{"type": "integer", "minimum": 1}]), "count no longer takes values of type null"),
        (field("count", anyOf=[{"type": "integer", "minimum": 2}, {"type": "null"}]), "count has minimum 2 now, was 1"),
        (field("verdict", enum=["approved"]), "verdict no longer takes 'blocked'"),
        (field("verdict", const="approved"), "verdict no longer takes 'blocked'"),
        (field("name", enum=["a"]), "name takes only 'a' now"),
        (field("name", maxLength=9), "name has maxLength 9 now, was 10"),
        (field("name", pattern="b"), "name has another pattern now: b"),
        (field("tags", items={"type": "string", "minLength": 1}), "tags[] has minLength 1 now, was open"),
        (field("tags", maxItems=4), "tags has maxItems 4 now, was 5"),
        (field("scores", additionalProperties={"type": "integer"}), "scores.* no longer takes values of type number"),
        (field("scores", additionalProperties=False), "scores.* may have no other names any more"),
        (field("scores", propertyNames={"minLength": 1}), "names in scores has minLength 1 now, was open"),
        (field("meta", additionalProperties={"type": "string"}), "meta.* no longer takes every value"),
    ],
)  # fmt: skip
def test_a_narrower_schema_is_found(change: Callable[[Schema], object], clause: str) -> None:
    assert any(found.startswith(clause) for found in narrowings(OLD, changed(change)))


@pytest.mark.parametrize(
    "change",
    [
        dict,
        lambda schema: schema["properties"].update(added={"type": "string"}),
        lambda schema: schema["required"].clear(),
        field("price", minimum=-1, maximum=101, description="another"),
        field("price", anyOf=[{"type": "number"}, {"type": "string"}]),
        field("count", anyOf=[{"type": "number"}, {"type": "null"}]),
        field("verdict", enum=["approved", "blocked", "deferred"]),
        field("name", minLength=0, maxLength=11),
        field("tags", items={}, maxItems=6),
        field("scores", additionalProperties={}),
        lambda schema: schema["properties"].update(snapshot={}),
        lambda schema: schema["properties"]["name"].pop("pattern"),
    ],
)
def test_a_wider_schema_is_fine(change: Callable[[Schema], object]) -> None:
    schema = changed(change)
    if "anyOf" in schema["properties"]["price"]:
        schema["properties"]["price"] = {"anyOf": schema["properties"]["price"]["anyOf"]}

    assert list(narrowings(OLD, schema)) == []


def without(file: str) -> dict[str, str]:
    return {name: text for name, text in exported(EVENTS).items() if name != file}


def test_what_is_published_with_the_code_keeps_every_stored_event_readable() -> None:
    assert check() == []


def test_the_published_schemas_are_those_of_the_models() -> None:
    published = {path.name: path.read_text("utf-8") for path in PUBLISHED.glob("*.json")}

    assert published == exported(EVENTS)


def test_an_export_can_be_checked(tmp_path: Path) -> None:
    files = export(tmp_path / "deep" / "schemas")

    assert sorted(files) == sorted(path.name for path in PUBLISHED.iterdir())
    assert check(tmp_path / "deep" / "schemas") == []


def test_a_type_that_is_not_published_is_named() -> None:
    found = broken(without("signal.emitted.v1.json"), EVENTS, {})

    assert found == [
        "signal.emitted.v1.json is not published: write it with `untaken schemas export`, and keep it with the code"
    ]


def test_a_removed_type_is_named() -> None:
    remaining = {name: model for name, model in EVENTS.items() if name != "signal.expired"}

    assert broken(exported(EVENTS), remaining, {}) == [
        "signal.expired was removed: its stored events could not be read; bring the type back"
    ]


def test_a_needed_field_more_is_named_with_what_to_do() -> None:
    class Stricter(DecisionMade):
        seq: int

    found = broken(exported(EVENTS), {**EVENTS, "decision.made": Stricter}, {})

    remedy = "take the change back, or raise the default of `v` and add an upcaster"
    assert found == [
        f"decision.made version 1: seq no longer takes values of type null; {remedy}",
        f"decision.made version 1: seq is needed now and was not before; {remedy}",
    ]


class NewerDecision(DecisionMade):
    """A decision of the next version."""

    v: Ordinal = Field(default=2)


def test_a_raised_version_needs_an_upcaster_and_its_own_schema() -> None:
    events: dict[str, type[Event]] = {**EVENTS, "decision.made": NewerDecision}

    assert broken(exported(EVENTS), events, {}) == [
        "decision.made.v2.json is not published: write it with `untaken schemas export`, and keep it with the code",
        "decision.made has no upcaster from version 1: its stored events could not be read; add one",
    ]
    assert broken({**exported(EVENTS), **exported(events)}, events, {("decision.made", 1): dict}) == []


def test_a_version_that_goes_back_is_named() -> None:
    published = exported({**EVENTS, "decision.made": NewerDecision})

    assert "decision.made went back from version 2 to 1: versions only go up" in broken(published, EVENTS, {})


def test_another_file_among_the_schemas_is_named() -> None:
    found = broken({**exported(EVENTS), "notes.json": "{}"}, EVENTS, {})

    assert found == ["notes.json is no schema's name: it must be like signal.emitted.v1.json; move it away"]


def test_a_json_schema_demands_the_type() -> None:
    for file, text in exported(EVENTS).items():
        assert "type" in orjson.loads(text)["required"], file
