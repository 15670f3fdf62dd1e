"""The answer to a what-if as a text, and back: money keeps every digit, and figures their types."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from untaken.projections.figures import Figures

EXACT = "decimal"
"""Key of an object that stands for one exact number: a JSON number would be read as a double."""


def written(answer: Figures) -> str:
    """Return JSON from which `read` makes the same document.

    >>> read(written({"pnl": Decimal("12345678.12345678"), "mean": 0.1}))
    {'pnl': Decimal('12345678.12345678'), 'mean': 0.1}
    """
    return json.dumps(answer, default=_exactly, separators=(",", ":"))


def read(text: str) -> Figures:
    """Return the document that `written` made a text of."""
    found: Figures = json.loads(text, object_hook=_number)
    return found


def _exactly(value: object) -> dict[str, str]:
    if isinstance(value, Decimal):
        return {EXACT: format(value, "f")}
    raise TypeError(f"{type(value).__name__} is not JSON")


def _number(found: dict[str, Any]) -> Any:
    value = found.get(EXACT)
    return Decimal(value) if len(found) == 1 and isinstance(value, str) else found
