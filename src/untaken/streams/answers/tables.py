"""The tables and rows that figures are made of, each loaded once."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from untaken.projections.definition import Projection
from untaken.streams.answers.asked import Group
from untaken.streams.store.rows import Kind
from untaken.streams.view import Filters, View, Window


class Tables:
    """What a view holds for one window and its filters, and over everything for the evidence."""

    def __init__(self, view: View, window: Window, filters: Filters) -> None:
        self._view = view
        self._filters = filters
        self.window = window
        self._tables: dict[tuple[str, Window, tuple[str, ...] | None], pl.DataFrame] = {}
        self._rows: dict[tuple[Kind, tuple[str, ...]], pl.DataFrame] = {}

    def of_window(self, projection: Projection, group: Group) -> pl.DataFrame:
        """Return sums of a group over the window."""
        return group.of(self.table(projection, self.window))

    def of_all_days(self, projection: Projection, group: Group, names: Sequence[str]) -> pl.DataFrame:
        """Return sums of a group over everything, in some columns."""
        return group.of(self.of_all(projection, names))

    def of_epoch(
        self, projection: Projection, group: Group, digest: str, names: Sequence[str]
    ) -> pl.DataFrame:
        """Return the same of what was computed under the settings of a digest."""
        return self.of_all_days(projection, group, ("settings_digest", *names)).filter(settings_digest=digest)

    def of_all(self, projection: Projection, names: Sequence[str]) -> pl.DataFrame:
        """Return sums of all groups over everything, in the columns of groups and some more."""
        return self.table(projection, Window(), (*Group._fields, *names))

    def table(
        self, projection: Projection, window: Window, names: tuple[str, ...] | None = None
    ) -> pl.DataFrame:
        """Return sums of all groups, or some columns of them."""
        key = (projection.name, window, names)
        if key not in self._tables:
            self._tables[key] = self._view.table(projection, window, self._filters, names)
        return self._tables[key]

    def rows(self, kind: Kind, names: Sequence[str], group: Group) -> pl.DataFrame:
        """Rows of a group over the window, in some columns."""
        key = (kind, tuple(names))
        if key not in self._rows:
            wanted = list(dict.fromkeys((*Group._fields, *names)))
            self._rows[key] = self._view.columns(kind, wanted, self.window, self._filters)
        return group.of(self._rows[key])
