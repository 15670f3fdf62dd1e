"""How the fast path reads a model: which fields there are, of which kind, within which bounds."""

import math
from datetime import datetime
from enum import IntEnum
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

import annotated_types as at
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.fields import FieldInfo

from untaken.schemas.annotations import Shape, field_shape
from untaken.schemas.columnar import scanner
from untaken.schemas.kinds import LINE, TEXT
from untaken.schemas.times import Instant

_STRICT = ConfigDict(strict=True, allow_inf_nan=False)


class Kind(IntEnum):
    """What the scanner does with a field."""

    TEXT = scanner.TEXT
    REAL = scanner.REAL
    WHOLE = scanner.WHOLE
    FLAG = scanner.FLAG
    TIME = scanner.TIME
    RECORD = scanner.RECORD
    JUDGED = scanner.JUDGED
    """Cut out as it stands and given to the field's own pydantic type."""


class FieldPlan(NamedTuple):
    """One field of a model, or of a record inside it."""

    name: str
    kind: Kind
    required: bool
    default: Any
    shape: Shape
    least: float
    most: float
    longest: int
    shortest: int
    choices: tuple[str, ...]
    distinct: bool
    """Text under a rule that only pydantic knows: each distinct value is given to it."""
    judge: TypeAdapter[list[Any]]
    """The field's own pydantic type, for several values at once."""
    parent: int
    """Index of the field that holds it, -1 at the top."""


class Plan(NamedTuple):
    """A model as the scanner sees it: fields of the event first, then those of each record inside it."""

    fields: tuple[FieldPlan, ...]
    top: int
    """How many fields the event itself has."""
    table: npt.NDArray[np.uint8]
    """The scanner's table of fields."""

    def inside(self, index: int) -> range:
        """Return the indices of the fields of a record."""
        return range(int(self.table[index, scanner.FIRST]), int(self.table[index, scanner.LAST]))


@cache
def plan_of(model: type[BaseModel]) -> Plan:
    """Return the plan of an event model."""
    fields = [_field_plan(name, field, -1) for name, field in model.model_fields.items()]
    top = len(fields)
    inside = []
    for index in range(top):
        begin = len(fields)
        if fields[index].kind is Kind.RECORD:
            inner = fields[index].shape.bare.model_fields
            fields += [_field_plan(name, field, index) for name, field in inner.items()]
        inside.append((begin, len(fields)))
    inside += [(0, 0)] * (len(fields) - top)
    return Plan(tuple(fields), top, _table(fields, inside))


def _table(fields: list[FieldPlan], inside: list[tuple[int, int]]) -> npt.NDArray[np.uint8]:
    table = np.zeros((len(fields), scanner.MARGIN), dtype=np.uint8)
    for row, field, (begin, end) in zip(table, fields, inside, strict=True):
        name = field.name.encode()
        row[: scanner.NAME] = field.kind, len(name), begin, end
        row[scanner.NAME : scanner.NAME + len(name)] = list(name)
    return table


def _field_plan(name: str, field: FieldInfo, parent: int) -> FieldPlan:
    shape = field_shape(field)
    bounds = _Bounds(shape)
    kind = _kind(shape, bounds, nested=parent >= 0)
    default = None if field.is_required() else field.default
    if name == "v" and parent < 0:
        default = 1  # what a version left out means on the wire, whatever the model writes
    scalar = default is None or isinstance(default, str | int | float)
    return FieldPlan(
        name=name,
        kind=kind,
        # Without a type nobody knows that it is one of these; a default that is no scalar is left to pydantic.
        required=field.is_required() or name == "type" or not scalar,
        default=default if scalar else None,
        shape=shape,
        least=bounds.least,
        most=bounds.most,
        longest=bounds.longest,
        shortest=bounds.shortest,
        choices=get_args(shape.bare) if get_origin(shape.bare) is Literal else (),
        distinct=kind is Kind.TEXT and not bounds.known,
        judge=_judge(shape),
        parent=parent,
    )


def _judge(shape: Shape) -> TypeAdapter[list[Any]]:
    wrapped = Annotated[shape.bare, *shape.constraints] if shape.constraints else shape.bare
    several: Any = list[wrapped]  # type: ignore[valid-type]
    return TypeAdapter(several, config=_STRICT)


class _Bounds:
    """The constraints of a field that the fast path knows; `known` is false if there are others."""

    def __init__(self, shape: Shape) -> None:
        self.least, self.most = -math.inf, math.inf
        self.shortest, self.longest = 0, 1 << 30
        self.known = True
        for constraint in shape.constraints:
            self._take(constraint)

    def _take(self, constraint: Any) -> None:
        if isinstance(constraint, at.Ge):
            self.least = max(self.least, _number(constraint.ge))
        elif isinstance(constraint, at.Gt):
            self.least = max(self.least, math.nextafter(_number(constraint.gt), math.inf))
        elif isinstance(constraint, at.Le):
            self.most = min(self.most, _number(constraint.le))
        elif isinstance(constraint, at.MaxLen):
            self.longest = min(self.longest, constraint.max_length)
        elif isinstance(constraint, at.MinLen) and constraint.min_length <= 1:
            self.shortest = max(self.shortest, constraint.min_length)
        else:
            self.known &= getattr(constraint, "pattern", None) in (LINE, TEXT) or _is_finite(constraint)


def _number(limit: object) -> float:
    return float(limit) if isinstance(limit, int | float) else math.nan


def _is_finite(constraint: Any) -> bool:
    return getattr(constraint, "allow_inf_nan", None) is False


_KINDS = {float: Kind.REAL, int: Kind.WHOLE, bool: Kind.FLAG}
_INSTANT = field_shape(FieldInfo.from_annotation(Instant))


def _kind(shape: Shape, bounds: _Bounds, *, nested: bool) -> Kind:
    if shape.bare is datetime and shape.constraints == _INSTANT.constraints:
        return Kind.TIME
    if shape.bare is str or get_origin(shape.bare) is Literal:
        return Kind.TEXT
    if not bounds.known:
        return Kind.JUDGED
    if shape.bare in _KINDS:
        return _KINDS[shape.bare]
    is_record = isinstance(shape.bare, type) and issubclass(shape.bare, BaseModel)
    return Kind.RECORD if is_record and not nested and _flat(shape.bare) else Kind.JUDGED


def _flat(record: type[BaseModel]) -> bool:
    """Say whether the scanner can read a record: scalars only, judged field by field."""
    if record.__pydantic_decorators__.model_validators:
        return False
    fields = [_field_plan(name, field, 0) for name, field in record.model_fields.items()]
    return all(field.kind is not Kind.JUDGED for field in fields)
