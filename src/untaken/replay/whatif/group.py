"""A scenario in one bot's run: in turn, alone, and with limited positions and capital."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from untaken.projections.figures import Figures, money
from untaken.projections.guard_effectiveness.figures import VerdictBasis
from untaken.replay.whatif.books import Account, Side, bounds, figures
from untaken.replay.whatif.capacity import Limits, Queue
from untaken.replay.whatif.evidence import Pair, evidence, released_e8
from untaken.replay.whatif.judging import TAKEN, blocking, judged, portfolio_guards
from untaken.replay.whatif.scenario import LIMITS, Scenario

NEEDED = (
    *("bot", "run", "signal_id", "symbol", "at", "entry_at", "exit_at", "resolved", "overlapped"),
    *(
        "pnl_e8",
        "return_ppm",
        "milli_r",
        "slippage_milli_r",
        "stop_loss_pct",
        "size",
        "fx",
        "leverage",
        "max_hold_us",
    ),
)
"""Columns that books are made of: ledger rows are wide, and filtered often."""

BOOKS = ("in_turn", "alone", "capacity")


@dataclass(frozen=True)
class Group:
    """Ledger rows of one bot, run, mode and currency: as they are, and on the scenario's terms, in one order."""

    scenario: Scenario
    base: pl.DataFrame
    changed: pl.DataFrame
    weights: pl.Series
    account: Account
    basis: VerdictBasis
    signals: bool = False
    """Whether to name every signal that changes."""

    def figures(self, books: tuple[str, ...]) -> Figures:
        """Return what the scenario changes, and the books that are asked for."""
        taken, verdicts = self._taken, self._stateless
        released, removed = verdicts["through"] & ~taken, taken & ~verdicts["through"]
        answers = {"in_turn": self._in_turn, "alone": self._alone, "capacity": self._capacity}
        return {
            "signals": self.base.height,
            "released": int(released.sum()),
            "removed": int(removed.sum()),
            "unknown": int(verdicts["unknown"].sum()),
            "not_rejudged": int(verdicts["not_rejudged"].sum()),
            "portfolio_guards_off": self._portfolio_off(),
            **self._named(released_signals=released, removed_signals=removed),
            "real_pnl": self._real(),
            **{book: answers[book]() for book in BOOKS if book in books},
        }

    def _in_turn(self) -> Figures:
        return self._book("in_turn")

    def _alone(self) -> Figures:
        return self._book("alone")

    @cached_property
    def _old(self) -> pl.DataFrame:
        """The base without what only judging needs."""
        return self.base.select(NEEDED)

    @cached_property
    def _new(self) -> pl.DataFrame:
        return self.changed.select(NEEDED)

    @cached_property
    def _blocking(self) -> pl.DataFrame:
        return blocking(self.base, self.scenario)

    def pair(self, book: str) -> Pair:
        """Return base and scenario side by side in one book; with limits, if it is the capacity's."""
        if book == "capacity":
            return self._simulated()[0]
        through, taken = self._stateless["through"], self._taken
        waiting = (through != taken) & ~self._new["resolved"]
        counts = [counting(rows, book) for rows in (self._old, self._new)]
        return Pair(Side(self._old, taken & counts[0]), Side(self._new, through & counts[1]), waiting)

    def _book(self, book: str) -> Figures:
        """Compare over the rows that count in a book, before and after."""
        pair = self.pair(book)
        unknown = self._new.filter(self._stateless["unknown"] & counting(self._new, book))
        return {**self._compared(pair), "bounds": bounds(pair.difference_e8(), unknown)}

    def _compared(self, pair: Pair) -> Figures:
        return {
            "base": figures(pair.base, self.account),
            "scenario": figures(pair.scenario, self.account),
            "difference": money(pair.difference_e8()),
            "net_pnl_if_disabled": money(released_e8(pair)),
            "evidence": evidence(pair, self.basis),
        }

    def _capacity(self) -> Figures | None:
        """Simulate base and scenario; None where nothing is limited.

        Where nothing but limits changes, the base is what the bot let through as it was; else it has the
        scenario's limits, or its own if it is given some.
        """
        if not self.scenario.has_limits:
            return None
        pair, free = self._simulated()
        verdicts, base, scenario = self._within_limits, pair.base, pair.scenario
        through, known = verdicts["through"], self._known
        stateless = Side(self._new, through & known).pnl_e8() - free.pnl_e8()
        return {
            "limits": self._limits().named(),
            "base_limits": None if self._base_as_decided else self._base_limits().named(),
            **self._compared(pair),
            "net_pnl_if_disabled": money(pair.difference_e8()),
            "stateless_gain": money(stateless),
            "simulated_gain": money(pair.difference_e8()),
            "interaction": money(pair.difference_e8() - stateless),
            "wanted": int((through & known).sum()),
            "came_in": int((scenario.counts & ~base.counts).sum()),
            "crowded_out": int((base.counts & ~scenario.counts).sum()),
            "unknown": int(verdicts["unknown"].sum()),
            "unresolved": int((through & ~self._new["resolved"]).sum()),
            "money_unknown": int((through & self._new["resolved"] & ~known).sum()),
            **self._named(base_admitted=base.counts, admitted=scenario.counts),
        }

    def _simulated(self) -> tuple[Pair, Side]:
        """Return base and scenario within their limits, and the base without any."""
        through = self._within_limits["through"]
        scenario = Side(self._new, _with_room(self._new, through & self._known, self._limits()))
        wanted_before = self.wanted_before()
        free, base = self._base_of_capacity(wanted_before)
        return Pair(base, scenario, (through != wanted_before) & ~self._new["resolved"]), free

    @cached_property
    def _within_limits(self) -> pl.DataFrame:
        """What becomes of signals where limits take the place of portfolio guards."""
        return self._judged(excused=self._portfolio)

    @cached_property
    def _known(self) -> pl.Series:
        return self._new["resolved"] & self._new["pnl_e8"].is_not_null()

    def wanted_before(self) -> pl.Series:
        """Return which signals ask for room in the base."""
        if self._base_as_decided:
            return self._taken
        return judged(self.base, Scenario(), excused=self._portfolio)["through"]

    def _base_of_capacity(self, wanted: pl.Series) -> tuple[Side, Side]:
        """Return the base without limits, and within them."""
        known = wanted & self._old["resolved"] & self._old["pnl_e8"].is_not_null()
        free = Side(self._old, known)
        if self._base_as_decided:
            return free, free
        return free, Side(self._old, _with_room(self._old, known, self._base_limits()))

    @property
    def _base_as_decided(self) -> bool:
        return self.scenario.changes_only_limits and self._base_limits() == self._limits()

    def _limits(self) -> Limits:
        return Limits(**{name: getattr(self.scenario, name) for name in LIMITS})

    def _base_limits(self) -> Limits:
        own = {name: getattr(self.scenario, f"base_{name}") for name in LIMITS}
        return self._limits() if all(value is None for value in own.values()) else Limits(**own)

    @cached_property
    def _taken(self) -> pl.Series:
        return self.base["status"].is_in(TAKEN)

    @cached_property
    def _stateless(self) -> pl.DataFrame:
        return self._judged()

    @cached_property
    def _portfolio(self) -> pl.Series:
        return portfolio_guards(self.base)

    def _judged(self, excused: pl.Series | None = None) -> pl.DataFrame:
        verdicts = judged(self.base, self.scenario, excused=excused, again=self._blocking)
        wanted = self.weights > 0
        return verdicts.with_columns(verdicts["through"] & wanted, verdicts["unknown"] & wanted)

    def _portfolio_off(self) -> list[str]:
        """Name the portfolio guards that are off: what they blocked could not all be held at once."""
        off = pl.Series(self.scenario.guards_off, dtype=pl.String)
        if off.is_empty():
            return []
        asked = self._portfolio.explode(empty_as_null=False, keep_nulls=False).unique()
        return sorted(asked.filter(asked.is_in(off.implode())))

    def _named(self, **chosen: pl.Series) -> Figures:
        if not self.signals:
            return {}
        return {
            name: self._old.filter(rows).sort("at", "signal_id")["signal_id"].to_list()
            for name, rows in chosen.items()
        }

    def _real(self) -> object:
        known = self.base["real_pnl_e8"].drop_nulls().cast(pl.Int128)
        return money(int(known.sum())) if len(known) else None


def counting(rows: pl.DataFrame, book: str) -> pl.Series:
    """Say which rows count in a book without limits, if they are let through."""
    return rows["resolved"] & ~rows["overlapped"] if book == "in_turn" else rows["resolved"]


def _with_room(rows: pl.DataFrame, wanted: pl.Series, limits: Limits) -> pl.Series:
    """Return which of the wanted rows find room, as Booleans over all rows."""
    return Queue.of(rows).admitted(wanted.to_numpy(), limits)
