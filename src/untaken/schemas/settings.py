"""The settings that change results: their names, defaults, digest and their timeline on the log."""

from __future__ import annotations

import difflib
import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from untaken.errors import UntakenError

MICROSECONDS = 1_000_000
BEGINNING_OF_TIME = -(2**62)

Percent = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]
Bps = Annotated[float, Field(ge=0, le=5_000, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=10 * 366 * 86_400, allow_inf_nan=False)]


class SettingsRefused(UntakenError):
    """A settings name or value is not one that exists; nothing was changed."""


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ShadowSettings(_Group):
    """How a trade that was not taken is simulated."""

    size: Annotated[float, Field(gt=0, le=1e12)] = 1000.0
    """Size of a signal that names none, in the currency of the quote."""
    fee_bps: Bps = 5.0
    """Fee of each side's notional."""
    slippage_bps: Bps = 2.0
    """Slippage on entry and on every exit but take-profit and ROI."""
    take_profit_pct: Percent = 4.0
    stop_loss_pct: Percent = 2.0
    trailing_stop_pct: Percent = 0.0
    max_hold_s: Annotated[float, Field(gt=0, le=366 * 86_400)] = 86_400.0
    decision_window_s: Seconds = 5.0
    """A first decision later than this after its signal does not move the entry."""
    grace_s: Seconds = 3_600.0
    """How long past its last chance a price is waited for before the row says no_data."""


class LogSettings(_Group):
    """Which records are accepted (by their own record alone)."""

    horizon_s: Seconds = 604_800.0
    """A fact that comes later than this after it happened is refused as late."""
    future_s: Seconds = 300.0
    """A fact stamped further ahead than this of its arrival is refused as future."""


class PriceSettings(_Group):
    """Which prices serve which symbol."""

    source: dict[str, str] = Field(default_factory=dict)
    """Source by symbol; without an entry the source with the finest interval serves."""
    use_quotes: tuple[str, ...] = ()
    """Symbols that are served by quotes."""


class VerdictSettings(_Group):
    """How much evidence a verdict needs (docs/explanation/verdicts.md)."""

    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.05
    rope_r: Annotated[float, Field(gt=0, le=10)] = 0.02
    min_clusters: Annotated[int, Field(ge=1, le=10_000)] = 20
    min_side_clusters: Annotated[int, Field(ge=0, le=10_000)] = 10
    min_n_eff: Annotated[float, Field(ge=0, le=10_000)] = 10.0
    max_unresolved_share: Annotated[float, Field(ge=0, le=1)] = 0.02
    bound_r: Annotated[float, Field(gt=0, le=1_000)] | None = None
    """True bound of one signal's result in R, where stops and targets guarantee one."""


class AccountSettings(_Group):
    """What results are measured against."""

    reference_capital: Annotated[float, Field(gt=0, le=1e15)] = 10_000.0
    days_per_year: Annotated[int, Field(ge=1, le=366)] = 365


class ResultSettings(_Group):
    """Every setting that changes a result; a row names the digest of the ones that made it."""

    shadow: ShadowSettings = ShadowSettings()
    log: LogSettings = LogSettings()
    prices: PriceSettings = PriceSettings()
    verdict: VerdictSettings = VerdictSettings()
    account: AccountSettings = AccountSettings()

    def flat(self) -> dict[str, Any]:
        """Values by dotted name, sorted."""
        groups = self.model_dump(mode="json")
        return {
            f"{group}.{name}": groups[group][name]
            for group in sorted(groups)
            for name in sorted(groups[group])
        }

    @property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the canonical values."""
        return hashlib.sha256(orjson.dumps(self.flat(), option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]

    def changed(self, values: Mapping[str, Any]) -> ResultSettings:
        """Return these settings with the given dotted names replaced.

        Raises SettingsRefused for an unknown name or an impossible value.
        """
        nested: dict[str, dict[str, Any]] = self.model_dump(mode="python")
        for name, value in values.items():
            group, _, leaf = name.partition(".")
            if leaf not in nested.get(group, {}):
                raise SettingsRefused(_unknown_name(name))
            nested[group][leaf] = value
        try:
            return ResultSettings.model_validate(nested)
        except ValidationError as error:
            raise SettingsRefused(_impossible_value(error)) from None


def names() -> list[str]:
    """Every dotted settings name, sorted."""
    return list(ResultSettings().flat())


def _unknown_name(name: str) -> str:
    close = difflib.get_close_matches(name, names(), n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(close)}?" if close else f"known are {', '.join(names())}"
    return f"settings: {name!r} is not a setting; {hint}"


def _impossible_value(error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    allowed = first["msg"].lower().replace("input should", "it must").replace("a valid tuple", "a list")
    return f"settings: {name} was {first['input']!r}; {allowed}; nothing was changed"


@dataclass(frozen=True)
class SettingsChange:
    """One accepted `settings.changed`, reduced to what the timeline needs."""

    at: int
    id: str
    effective_at: int
    retroactive: bool
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Timeline:
    """Which settings hold for a signal of which time.

    The earliest change holds from the beginning of time, later ones from their `effective_at`
    (a retroactive one from the beginning, over all that came before it).
    """

    starts: tuple[int, ...]
    settings: tuple[ResultSettings, ...]

    @classmethod
    def of(cls, changes: Iterable[SettingsChange], default: ResultSettings | None = None) -> Timeline:
        """Order the changes by (at, id) and lay each over the ones before it."""
        base = default or ResultSettings()
        ordered = sorted(changes, key=lambda change: (change.at, change.id))
        if not ordered:
            return cls((BEGINNING_OF_TIME,), (base,))
        segments = [(BEGINNING_OF_TIME, base.changed(ordered[0].values))]
        for change in ordered[1:]:
            segments = _laid_over(segments, change)
        return cls(tuple(start for start, _ in segments), tuple(value for _, value in segments))

    def index_of(self, at: int) -> int:
        """Index of the settings that hold at a time in microseconds."""
        return bisect_right(self.starts, at) - 1

    def holding_at(self, at: int) -> ResultSettings:
        """Return the settings that hold at a time in microseconds."""
        return self.settings[self.index_of(at)]

    @property
    def latest(self) -> ResultSettings:
        """The settings that hold for the newest signals."""
        return self.settings[-1]


def _laid_over(
    segments: Sequence[tuple[int, ResultSettings]], change: SettingsChange
) -> list[tuple[int, ResultSettings]]:
    start = BEGINNING_OF_TIME if change.retroactive else change.effective_at
    before = [segment for segment in segments if segment[0] < start]
    covering = max((segment for segment in segments if segment[0] <= start), key=lambda segment: segment[0])
    after = [(at, value.changed(change.values)) for at, value in segments if at > start]
    return [*before, (start, covering[1].changed(change.values)), *after]
