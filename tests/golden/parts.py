"""Lists of figures by what they are about, as mappings: whatever a list leaves out or holds twice is seen."""

from collections.abc import Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]

MISSED_PARTS = {
    "reason_codes": "reason_code",
    "guards": "guard",
    "strategies": "strategy",
    "symbols": "symbol",
}
NOTHING = "nothing"


def group_of(group: Figures) -> str:
    return "/".join(group[name] for name in ("bot", "run", "mode", "currency"))


def by_value(section: Figures, parts: Mapping[str, str]) -> dict[str, Any]:
    """Return a section with its lists as mappings by the figure that names each part."""
    return {**section, **{part: named(section[part], key) for part, key in parts.items()}}


def by_dimension(section: Figures) -> dict[str, Any]:
    """Return the section `performance` by dimension and value; where no row has one, all of them have none."""
    overall = section["overall"]
    dimensions = {name: parts for name, parts in section.items() if name != "overall"}
    empty = {NOTHING: overall}
    return {
        "overall": empty,
        **{name: named(parts, "value") if parts else empty for name, parts in dimensions.items()},
    }


def named(parts: Sequence[Figures], key: str) -> dict[str, Figures]:
    found = {NOTHING if part[key] is None else str(part[key]): part for part in parts}
    assert len(found) == len(parts), f"a value of {key} is listed twice"
    return found
