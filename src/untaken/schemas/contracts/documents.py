"""JSON Schemas as they are published, and whether a change keeps faith with the events that are stored."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from pydantic.json_schema import GenerateJsonSchema

from untaken.schemas.base import Event
from untaken.schemas.contracts.narrowing import narrowings
from untaken.schemas.upcasters import Upcasters

_FILE: Final = re.compile(r"(?P<type>[a-z_]+\.[a-z_]+)\.v(?P<version>[1-9][0-9]*)\.json")


class _Untitled(GenerateJsonSchema):
    """Leaves out titles that only repeat the names."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


def json_schema_of(model: type[Event]) -> dict[str, Any]:
    """Return the JSON Schema of an event type."""
    return model.model_json_schema(schema_generator=_Untitled)


def exported(events: Mapping[str, type[Event]]) -> dict[str, str]:
    """Return the JSON Schemas of event types, by file name such as `signal.emitted.v1.json`."""
    return {f"{name}.v{model.VERSION}.json": _text(model) for name, model in sorted(events.items())}


def broken(
    published: Mapping[str, str], events: Mapping[str, type[Event]], upcasters: Upcasters
) -> list[str]:
    """Return one sentence for each way in which stored events could no longer be read; none if all can.

    `published` holds the text of the published JSON Schemas by file name.
    """
    sentences = [
        f"{file} is not published: write it with `untaken schemas export`, and keep it with the code"
        for file in exported(events)
        if file not in published
    ]
    for file in sorted(published):
        sentences += _of_file(file, published[file], events, upcasters)
    return sentences


def _text(model: type[Event]) -> str:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **json_schema_of(model)}
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _of_file(file: str, text: str, events: Mapping[str, type[Event]], upcasters: Upcasters) -> Iterator[str]:
    match = _FILE.fullmatch(file)
    if match is None:
        yield f"{file} is no schema's name: it must be like signal.emitted.v1.json; move it away"
        return
    name, version = match["type"], int(match["version"])
    model = events.get(name)
    if model is None:
        yield f"{name} was removed: its stored events could not be read; bring the type back"
    elif version > model.VERSION:
        yield f"{name} went back from version {version} to {model.VERSION}: versions only go up"
    elif version < model.VERSION:
        yield from _unlifted(name, version, model.VERSION, upcasters)
    else:
        for problem in narrowings(orjson.loads(text), json_schema_of(model)):
            yield f"{name} version {version}: {problem}; take the change back, or raise the default of `v` and add an upcaster"


def _unlifted(name: str, version: int, current: int, upcasters: Upcasters) -> Iterator[str]:
    for step in range(version, current):
        if (name, step) not in upcasters:
            yield f"{name} has no upcaster from version {step}: its stored events could not be read; add one"
