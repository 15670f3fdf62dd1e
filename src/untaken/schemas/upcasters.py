"""Upcasters: how stored events of older versions are lifted to the one that the models read."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from untaken.errors import Refused

Fields = dict[str, Any]
"""The JSON object of an event."""

Upcaster = Callable[[Fields], Fields]
"""Pure: makes the fields of the next version out of those of one."""

Upcasters = Mapping[tuple[str, int], Upcaster]
"""By type and the version that is lifted, always to the next one."""

UPCASTERS: Final[Upcasters] = {}
"""None yet: every type is at version 1."""


def lift(fields: Fields, version: int, current: int, upcasters: Upcasters) -> Fields:
    """Return the fields of an older version as the current one has them; the input is not changed.

    Raises `Refused` where a step is missing.
    """
    name = str(fields["type"])
    for step in range(version, current):
        upcaster = upcasters.get((name, step))
        if upcaster is None:
            raise Refused(
                "invalid",
                f"v was {version}: {name} of that version can no longer be read, only {current} and what "
                "can be lifted to it; write the event anew",
            )
        fields = {**upcaster(dict(fields)), "v": step + 1}
    return fields
