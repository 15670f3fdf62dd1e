"""Where a JSON Schema takes less than an older one did."""

import operator
from collections.abc import Iterator
from typing import Any, Final

JsonSchema = dict[str, Any]

_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


def narrowings(old: JsonSchema, new: JsonSchema) -> Iterator[str]:
    """Yield a clause for each way in which a value that the old schema takes could be refused by the new."""
    return _Comparison(old, new).of(old, new, "")


class _Comparison:
    """Two documents, since references point into them."""

    def __init__(self, old: JsonSchema, new: JsonSchema) -> None:
        self._old, self._new = old, new

    def of(self, old: JsonSchema, new: JsonSchema, place: str) -> Iterator[str]:
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        if _takes_anything(new):
            return
        for branch in _branches(old, self._old):
            yield from self._branch(branch, _branches(new, self._new), place)

    def _branch(self, old: JsonSchema, choices: list[JsonSchema], place: str) -> Iterator[str]:
        """Hold one alternative of the old schema against all of the new one: the kindest counts."""
        fitting = [list(self._same_kind(old, new, place)) for new in choices if _kind_fits(old, new)]
        if not fitting:
            yield f"{place or 'the event'} no longer takes {_kind_name(old)}"
            return
        yield from min(fitting, key=len)

    def _same_kind(self, old: JsonSchema, new: JsonSchema, place: str) -> Iterator[str]:
        yield from _choices(old, new, place)
        yield from _bounds(old, new, place)
        yield from _forms(old, new, place)
        if "items" in new:
            yield from self.of(old.get("items", {}), new["items"], f"{place}[]")
        if old.get("type") == "object":
            yield from self._members(old, new, place)

    def _members(self, old: JsonSchema, new: JsonSchema, place: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name in after:
                yield from self.of(before[name], after[name], _inside(place, name))
            else:
                yield from self._rest(before[name], new, _inside(place, name), "was removed")
        for name in new.get("required", []):
            if name not in old.get("required", []):
                yield f"{_inside(place, name)} is needed now and was not before"
        if old.get("additionalProperties", True) is not False:
            rest = old.get("additionalProperties", True)
            yield from self._rest(
                {} if rest is True else rest, new, f"{place}.*", "may have no other names any more"
            )
        if "propertyNames" in new:
            names = old.get("propertyNames", {"type": "string"})
            yield from self.of(
                {"type": "string", **names}, {"type": "string", **new["propertyNames"]}, f"names in {place}"
            )

    def _rest(self, old: JsonSchema, new: JsonSchema, place: str, otherwise: str) -> Iterator[str]:
        """Hold a schema against what the new object takes under names that it does not list."""
        rest = new.get("additionalProperties", True)
        if rest is False:
            yield f"{place} {otherwise}"
        elif rest is not True:
            yield from self.of(old, rest, place)


def _resolved(schema: JsonSchema, document: JsonSchema) -> JsonSchema:
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document["$defs"][name]
    return schema


def _branches(schema: JsonSchema, document: JsonSchema) -> list[JsonSchema]:
    return [_resolved(branch, document) for branch in schema.get("anyOf", [schema])]


def _takes_anything(schema: JsonSchema) -> bool:
    return not set(schema) - {"title", "description", "default"}


def _kind_fits(old: JsonSchema, new: JsonSchema) -> bool:
    kinds = (old.get("type"), new.get("type"))
    return _takes_anything(new) or kinds[0] == kinds[1] or kinds == ("integer", "number")


def _kind_name(schema: JsonSchema) -> str:
    return f"values of type {schema['type']}" if "type" in schema else "every value"


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _allowed(schema: JsonSchema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _choices(old: JsonSchema, new: JsonSchema, place: str) -> Iterator[str]:
    before, after = _allowed(old), _allowed(new)
    if after is None:
        return
    if before is None:
        yield f"{place} takes only {', '.join(map(repr, after))} now"
        return
    for value in before:
        if value not in after:
            yield f"{place} no longer takes {value!r}"


def _bounds(old: JsonSchema, new: JsonSchema, place: str) -> Iterator[str]:
    for words, tighter in ((_LOWER, operator.gt), (_UPPER, operator.lt)):
        for word in words:
            if word in new and (word not in old or tighter(new[word], old[word])):
                was = old.get(word, "open")
                yield f"{place} has {word} {new[word]} now, was {was}"


def _forms(old: JsonSchema, new: JsonSchema, place: str) -> Iterator[str]:
    for word in ("pattern", "format"):
        if word in new and new[word] != old.get(word):
            yield f"{place} has another {word} now: {new[word]}"
