"""What holds for a signal by when and where it came: settings, declarations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import polars as pl

from untaken.schemas.settings import (
    BEGINNING_OF_TIME,
    MICROSECONDS,
    ResultSettings,
    SettingsChange,
    SettingsRefused,
    Timeline,
)

DAY_US = 86_400 * MICROSECONDS

EXITS = ("take_profit_pct", "stop_loss_pct", "trailing_stop_pct", "roi_steps", "max_hold_s")


@dataclass(frozen=True)
class Declaration:
    """One `run.declared`, decoded."""

    bot: str
    run: str
    at: int
    id: str
    account_currency: str
    reference_capital: float | None
    strategies: Mapping[str, Mapping[str, Any]]
    guards: Mapping[str, Mapping[str, Any]]
    symbols: Mapping[str, str]

    @property
    def longest_hold_s(self) -> float:
        """Longest hold any declared strategy has, in seconds."""
        return max((exits.get("max_hold_s") or 0 for exits in self.strategies.values()), default=0.0)


@dataclass(frozen=True)
class Context:
    """Settings and declarations as a signal finds them: the ones in force at its time.

    The first declaration of a run holds from its beginning, later ones from their `at`.
    """

    timeline: Timeline = field(default_factory=lambda: Timeline.of([]))
    declarations: tuple[Declaration, ...] = ()

    @classmethod
    def of(cls, settings: Iterable[Mapping[str, Any]], declared: Iterable[Mapping[str, Any]]) -> Context:
        """Build from decoded rows of `settings.changed` and `run.declared`."""
        changes = [change for row in settings if (change := _change(row)) is not None]
        rows = sorted((_declaration(row) for row in declared), key=lambda d: (d.bot, d.run, d.at, d.id))
        return cls(Timeline.of(changes), tuple(rows))

    def settings_frame(self) -> pl.DataFrame:
        """One row per stretch of the timeline, sorted by `from_at`."""
        return pl.DataFrame(
            [
                {
                    "from_at": start,
                    "settings_index": index,
                    "settings_digest": settings.digest,
                    "s_size": settings.shadow.size,
                    "fee_bps": settings.shadow.fee_bps,
                    "slippage_bps": settings.shadow.slippage_bps,
                    "s_take_profit_pct": settings.shadow.take_profit_pct,
                    "s_stop_loss_pct": settings.shadow.stop_loss_pct,
                    "s_trailing_stop_pct": settings.shadow.trailing_stop_pct,
                    "s_max_hold_s": settings.shadow.max_hold_s,
                    "window_us": round(settings.shadow.decision_window_s * MICROSECONDS),
                    "grace_us": round(settings.shadow.grace_s * MICROSECONDS),
                }
                for index, (start, settings) in enumerate(
                    zip(self.timeline.starts, self.timeline.settings, strict=True)
                )
            ]
        )

    def declaration_frame(self) -> pl.DataFrame:
        """One row per declaration: bot, run, from when it holds, and its currency and longest hold."""
        first: set[tuple[str, str]] = set()
        rows = []
        for index, declared in enumerate(self.declarations):
            key = (declared.bot, declared.run)
            rows.append(
                {
                    "bot": declared.bot,
                    "run": declared.run,
                    "from_at": declared.at if key in first else BEGINNING_OF_TIME,
                    "declaration": index,
                    "account_currency": declared.account_currency,
                    "declared_hold_s": float(declared.longest_hold_s),
                }
            )
            first.add(key)
        return pl.DataFrame(rows, schema=_DECLARATION_SCHEMA).sort("from_at")

    def strategy_frame(self) -> pl.DataFrame:
        """Return exits of declared strategies: declaration, strategy, d_ + each of EXITS."""
        rows = [
            {"declaration": index, "strategy": name, **{f"d_{field}": exits.get(field) for field in EXITS}}
            for index, declared in enumerate(self.declarations)
            for name, exits in declared.strategies.items()
        ]
        return pl.DataFrame(rows, schema=_STRATEGY_SCHEMA, strict=False)

    def guard_frame(self) -> pl.DataFrame:
        """Kinds of declared guards: declaration, guard, declared_kind."""
        rows = [
            {"declaration": index, "guard": name, "declared_kind": guard.get("kind")}
            for index, declared in enumerate(self.declarations)
            for name, guard in declared.guards.items()
        ]
        return pl.DataFrame(rows, schema=_GUARD_SCHEMA)

    def latest(self, bot: str, run: str) -> Declaration | None:
        """Return the newest declaration of a run."""
        return next((d for d in reversed(self.declarations) if (d.bot, d.run) == (bot, run)), None)

    def settings_of(self, digest: str) -> ResultSettings | None:
        """Return the settings that have this digest."""
        return next((s for s in reversed(self.timeline.settings) if s.digest == digest), None)

    def settings_index(self) -> pl.Expr:
        """Return the place in the timeline of the settings that a row names by their digest."""
        places = {settings.digest: place for place, settings in enumerate(self.timeline.settings)}
        return pl.col("settings_digest").replace_strict(places, return_dtype=pl.Int64)

    def block_days(self, settings: ResultSettings, bot: str, run: str) -> int:
        """Days in a cluster: the longest configured hold, in whole days, at least one."""
        holds = [d.longest_hold_s for d in self.declarations if (d.bot, d.run) == (bot, run)]
        return max(1, math.ceil(max([settings.shadow.max_hold_s, *holds]) * MICROSECONDS / DAY_US))

    def alias_frame(self) -> pl.DataFrame:
        """Symbol by reported name: bot, run, symbol (as reported), named. The first declaration of a name counts."""
        rows: dict[tuple[str, str, str], str] = {}
        for declared in self.declarations:
            for reported, named in declared.symbols.items():
                rows.setdefault((declared.bot, declared.run, reported), named)
        return pl.DataFrame(
            [(*key, named) for key, named in rows.items()], schema=_ALIAS_SCHEMA, orient="row"
        )

    def aliases(self) -> dict[tuple[str, str], dict[str, str]]:
        """Symbol by reported name, by (bot, run)."""
        found: dict[tuple[str, str], dict[str, str]] = {}
        for bot, run, reported, named in self.alias_frame().iter_rows():
            found.setdefault((bot, run), {})[reported] = named
        return found


_DECLARATION_SCHEMA = {
    "bot": pl.String(),
    "run": pl.String(),
    "from_at": pl.Int64(),
    "declaration": pl.Int64(),
    "account_currency": pl.String(),
    "declared_hold_s": pl.Float64(),
}
_STRATEGY_SCHEMA = {
    "declaration": pl.Int64(),
    "strategy": pl.String(),
    "d_take_profit_pct": pl.Float64(),
    "d_stop_loss_pct": pl.Float64(),
    "d_trailing_stop_pct": pl.Float64(),
    "d_roi_steps": pl.List(pl.List(pl.Float64())),
    "d_max_hold_s": pl.Float64(),
}
_ALIAS_SCHEMA = {"bot": pl.String(), "run": pl.String(), "symbol": pl.String(), "named": pl.String()}
_GUARD_SCHEMA = {"declaration": pl.Int64(), "guard": pl.String(), "declared_kind": pl.String()}


def _change(row: Mapping[str, Any]) -> SettingsChange | None:
    """Return the change of a `settings.changed`; one that names what does not exist changes nothing."""
    values = _map(row["settings"])
    try:
        ResultSettings().changed(values)
    except SettingsRefused:
        return None
    effective = row["effective_at"] if row["effective_at"] is not None else row["at"]
    return SettingsChange(row["at"], row["id"], effective, bool(row["retroactive"]), values)


def _declaration(row: Mapping[str, Any]) -> Declaration:
    return Declaration(
        bot=row["bot"],
        run=row["run"],
        at=row["at"],
        id=row["id"],
        account_currency=row["account_currency"],
        reference_capital=row["reference_capital"],
        strategies=_map(row["strategies"]),
        guards=_map(row["guards"]),
        symbols=_map(row["symbols"]),
    )


def _map(text: str | None) -> dict[str, Any]:
    return {} if text is None else dict(orjson.loads(text))
