"""Events to bytes and back; the one place that says what a valid event is."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import orjson
from pydantic import ValidationError

from untaken.errors import Refused, Unread
from untaken.schemas import sentences
from untaken.schemas.base import Event
from untaken.schemas.registry import EVENTS
from untaken.schemas.upcasters import UPCASTERS, Fields, Upcasters, lift
from untaken.schemas.wire import json_bytes, present

E = TypeVar("E", bound=Event)


class Codec:
    """Reads and writes the events of a registry."""

    def __init__(self, events: Mapping[str, type[Event]], upcasters: Upcasters) -> None:
        self._events = events
        self._upcasters = upcasters
        self._largest = max(model.MAX_BYTES for model in events.values())

    def encode(self, event: Event) -> bytes:
        """Return the canonical JSON: fields in the model's order, nothing that is none, `v` unless it is 1.

        Raises `Refused` where it could not be read again: too large, or made with another version.
        """
        if event.v != event.VERSION:
            raise Refused(
                "invalid", f"v was {event.v}: {event.type} is written in version {event.VERSION}; leave v out"
            )
        fields = present(event)
        if event.v == 1:
            del fields["v"]
        data = json_bytes(fields)
        _check_size(len(data), event.MAX_BYTES)
        return data

    def decode(self, data: bytes, *, edge: bool = True) -> Event:
        """Return the event of a JSON object.

        At the edge whatever is not known is refused; from a log (`edge=False`) a newer type or version
        raises `Unread`. Raises `Refused` with code and sentence for everything else that is not an event.
        """
        _check_size(len(data), self._largest)
        fields = _object(data)
        model = self._model(fields, edge=edge)
        _check_size(len(data), model.MAX_BYTES)
        if fields.get("v", 1) != model.VERSION:
            fields = self._lifted(fields, model, edge=edge)
        return made(model, fields)

    def _model(self, fields: Fields, *, edge: bool) -> type[Event]:
        name = fields.get("type")
        model = self._events.get(name) if isinstance(name, str) else None
        if model is not None:
            return model
        if edge or not isinstance(name, str):
            raise Refused("invalid", sentences.unknown_type(name, self._events))
        version = fields.get("v", 1)
        raise Unread(name, version if type(version) is int else 1)

    def _lifted(self, fields: Fields, model: type[Event], *, edge: bool) -> Fields:
        name, version = str(fields["type"]), fields.get("v", 1)
        if type(version) is not int or version < 1:
            raise Refused("invalid", f"v was {sentences.shown(version)}: it must be a whole number from 1")
        if version < model.VERSION:
            return lift(fields, version, model.VERSION, self._upcasters)
        if not edge:
            raise Unread(name, version)
        raise Refused(
            "invalid",
            f"v was {version}: this software reads {name} up to version {model.VERSION}; upgrade it first",
        )


def made(model: type[E], fields: Mapping[str, Any]) -> E:
    """Return the event of a type with these fields; raises `Refused` where they do not make one."""
    try:
        return model.model_validate(fields)
    except ValidationError as problems:
        raise Refused("invalid", sentences.of_validation(problems, model)) from None


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise Refused(
            "too_large",
            f"the event has {size:,} bytes: at most {most:,} are taken; shorten its texts and maps",
        )


def _object(data: bytes) -> Fields:
    try:
        fields: Any = orjson.loads(data)
    except orjson.JSONDecodeError as problem:
        raise Refused("unreadable", sentences.not_json(data, problem)) from None
    if not isinstance(fields, dict):
        raise Refused("unreadable", f"this is {sentences.shown(fields)}: an event is a JSON object {{...}}")
    return fields


CODEC: Final = Codec(EVENTS, UPCASTERS)
"""The codec of all event types."""

encode: Final = CODEC.encode
decode: Final = CODEC.decode
