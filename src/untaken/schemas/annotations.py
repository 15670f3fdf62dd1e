"""Reading the annotations of the models: what is left of a field when its wrapping is taken off."""

import types
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


class Shape(NamedTuple):
    """A bare annotation and what was wrapped around it."""

    bare: Any
    optional: bool
    constraints: tuple[Any, ...]


def shape_of(annotation: Any, constraints: Sequence[Any] = ()) -> Shape:
    """Take `Annotated` and `| None` off an annotation; a union of more stays as it is."""
    if get_origin(annotation) is Annotated:
        inner, *outer = get_args(annotation)
        return shape_of(inner, [*_flat(outer), *constraints])
    if get_origin(annotation) in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not types.NoneType]
        if len(members) == 1:
            return shape_of(members[0], constraints)._replace(optional=True)
    return Shape(annotation, optional=False, constraints=tuple(constraints))


def _flat(metadata: Sequence[Any]) -> list[Any]:
    return [
        constraint
        for item in metadata
        for constraint in (item.metadata if isinstance(item, FieldInfo) else [item])
    ]


def field_shape(field: FieldInfo) -> Shape:
    """Return the shape of a field of a model."""
    return shape_of(field.annotation, field.metadata)


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that an annotation holds, be it in a list or a map."""
    bare = shape_of(annotation).bare
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return bare
    inner = get_args(bare)
    return model_in(inner[-1]) if get_origin(bare) in (list, dict) else None
