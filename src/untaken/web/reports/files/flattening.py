"""Nested figures as one row: names are joined, pairs become their ends, long lists are left out."""

from collections.abc import Iterator, Mapping
from typing import Any

LISTS = {"days", "table", "buckets", "strategies", "model_versions", "quarters", "e_components", "history"}
"""These are tables of their own, or of no use in a cell."""


def flat(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures without nesting: {"real": {"pnl": 1}} is {"real_pnl": 1}, an interval its low and high."""
    return dict(_flat("", figures))


def _flat(prefix: str, figures: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in figures.items():
        if name in LISTS:
            continue
        whole = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _flat(f"{whole}_", value)
        elif isinstance(value, list | tuple):
            yield from _listed(whole, value)
        elif value is None and _is_pair(name):
            yield from ((f"{whole}_{end}", None) for end in ("low", "high"))
        else:
            yield whole, value


def _listed(name: str, values: Any) -> Iterator[tuple[str, Any]]:
    if _is_pair(name) and len(values) == 2:
        yield from zip((f"{name}_low", f"{name}_high"), values, strict=True)
    else:
        yield name, ", ".join(map(str, values)) or None


def _is_pair(name: str) -> bool:
    return "interval" in name or name.endswith(("bounds", "range", "ranks_not_excluded"))
