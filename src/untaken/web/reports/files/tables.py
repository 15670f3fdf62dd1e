"""The report document as tables: every list of figures in it, one row each, for CSV and workbooks."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from untaken.errors import UntakenError
from untaken.web.reports.charts.months import by_month
from untaken.web.reports.files.flattening import flat
from untaken.web.reports.parts.scenarios import answered
from untaken.web.reports.words import Document

Row = dict[str, Any]
GROUP = ("bot", "run", "mode", "currency")
LARGEST = 2**63


class UnknownTable(UntakenError):
    """The report has no table of that name; nothing is written."""


@dataclass(frozen=True)
class Table:
    """One table: the columns that it always has, and how its rows are read from a document."""

    name: str
    keys: tuple[str, ...]
    rows: Callable[[Document], Iterable[Row]]

    def frame(self, report: Document) -> pl.DataFrame:
        """Return the table; money as decimals of 8 places, a figure that nobody knows as null."""
        rows = list(self.rows(report))
        names = list(dict.fromkeys([*self.keys, *(name for row in rows for name in row)]))
        return pl.DataFrame([_column(name, [row.get(name) for row in rows]) for name in names])


def tables(report: Document, names: Sequence[str] = ()) -> dict[str, pl.DataFrame]:
    """Return the tables of a report by name, or those that are named; raises UnknownTable."""
    known = {table.name: table for table in TABLES}
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}"
            raise UnknownTable(f"the report has no table {name!r}; {hint}")
    return {name: known[name].frame(report) for name in names or known}


def _column(name: str, values: list[Any]) -> pl.Series:
    """Return a column of the one type that its values have; a word among numbers (`undefined`) is unknown."""
    known = [value for value in values if value is not None]
    if any(isinstance(value, Decimal) for value in known):
        return pl.Series(name, [_decimal(value) for value in values], dtype=pl.Decimal(38, 8))
    numbers = [value for value in known if isinstance(value, int | float) and not isinstance(value, bool)]
    if numbers and any(isinstance(value, float) for value in numbers):
        return pl.Series(name, [_number(value) for value in values], dtype=pl.Float64())
    if numbers and len(numbers) == len(known):
        wide = any(abs(value) >= LARGEST for value in numbers)
        return pl.Series(name, values, dtype=pl.Int128() if wide else pl.Int64())
    if known and all(isinstance(value, bool) for value in known):
        return pl.Series(name, values, dtype=pl.Boolean())
    return pl.Series(name, [None if value is None else str(value) for value in values], dtype=pl.String())


def _decimal(value: Any) -> Decimal | None:
    return value if isinstance(value, Decimal) else None if value is None else Decimal(str(value))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _of_groups(rows: Callable[[Document], Iterable[Row]]) -> Callable[[Document], Iterator[Row]]:
    """Read rows of every group, each beginning with whose they are."""

    def read(report: Document) -> Iterator[Row]:
        for group in report["groups"]:
            whose = {name: group[name] for name in GROUP}
            yield from ({**whose, **row} for row in rows(group))

    return read


def _books(group: Document) -> Iterator[Row]:
    shadow, overall = group["shadow_performance"], group["performance"]["overall"] or {}
    capital = {"reference_capital": group["reference_capital"], "settings_digest": group["settings_digest"]}
    for book in ("in_turn", "alone"):
        yield {"book": book, **flat(shadow[book]), **capital}
    more = {name: value for name, value in overall.items() if name not in {"signals", "shadow"}}
    yield {"book": "real", **flat({**more, **shadow["real"]}), **capital}


def _guards(group: Document) -> Iterator[Row]:
    for guard in group["guard_effectiveness"]["guards"]:
        yield flat(guard)


def _guard_days(group: Document) -> Iterator[Row]:
    for guard in group["guard_effectiveness"]["guards"]:
        yield from ({"guard": guard["guard"], **day} for day in guard["days"])


MISSED = {"reason_codes": "reason_code", "guards": "guard", "strategies": "strategy", "symbols": "symbol"}


def _missed(group: Document) -> Iterator[Row]:
    missed = group["missed_opportunity"]
    whole = {name: value for name, value in missed.items() if name not in MISSED}
    if whole["missed"]:
        yield {"key": "overall", "value": None, **flat(whole)}
    for part, key in MISSED.items():
        for row in missed[part]:
            figures = {name: value for name, value in row.items() if name != key}
            yield {"key": key, "value": row[key], **flat(figures)}


def _suggestions(group: Document) -> Iterator[Row]:
    for each in group["suggestions"]:
        shown = ("kind", "name", "direction", "from", "to", "reason_code", "at_stake")
        yield {**{name: each[name] for name in shown}, **flat({"what_if": each["what_if"]})}


def _decays(group: Document) -> Iterator[tuple[Row, Document]]:
    section = group["signal_decay"]
    whole = section["overall"]
    if whole["to_decision"]["n"] or whole["edge_n"]["0"]:
        yield {"strategy": None, "symbol": None}, whole
    for part in ("strategies", "symbols", "pairs"):
        for row in section[part]:
            yield {"strategy": row.get("strategy"), "symbol": row.get("symbol")}, row


_EDGES = {"edge_n", "edge_ppm", "paired_difference_ppm"}


def _decay(group: Document) -> Iterator[Row]:
    for whose, row in _decays(group):
        yield {**whose, **flat({name: value for name, value in row.items() if name not in {*_EDGES, *whose}})}


def _edge(group: Document) -> Iterator[Row]:
    for whose, row in _decays(group):
        for delay, n in row["edge_n"].items():
            edge, paired = row["edge_ppm"][delay], row["paired_difference_ppm"].get(delay)
            yield {**whose, "delay_s": int(delay), "n": n, "edge_ppm": edge, "paired_difference_ppm": paired}


def _strategies(group: Document) -> Iterator[Row]:
    for row in group["strategy_leaderboard"]["strategies"]:
        yield flat(row)


def _performance(group: Document) -> Iterator[Row]:
    for dimension, found in group["performance"].items():
        rows = [] if found is None else [{"value": None, **found}] if isinstance(found, Mapping) else found
        for row in rows:
            yield {"dimension": dimension, **flat(row)}


def _calibrations(group: Document) -> Iterator[tuple[Row, Document]]:
    for source in ("real", "shadow"):
        figures = group["calibration"][source]
        parts = [(None, None, figures)] if figures["n"] else []
        parts += [(row["strategy"], None, row) for row in figures["strategies"]]
        parts += [(None, row["model_version"], row) for row in figures["model_versions"]]
        for strategy, model, row in parts:
            yield {"source": source, "strategy": strategy, "model_version": model}, row


def _calibration(group: Document) -> Iterator[Row]:
    for whose, row in _calibrations(group):
        yield {**whose, **flat({name: value for name, value in row.items() if name not in whose})}


def _reliability(group: Document) -> Iterator[Row]:
    for whose, row in _calibrations(group):
        yield from ({**whose, **flat(each)} for each in row["table"])


def _days(group: Document) -> Iterator[Row]:
    yield from (dict(day) for day in group["shadow_performance"]["days"])


def _months(group: Document) -> Iterator[Row]:
    days = group["shadow_performance"]["days"]
    books = {book: by_month(days, book) for book in ("in_turn", "alone", "real")}
    for year, month in sorted({at for book in books.values() for at in book}):
        found = {book: results.get((year, month)) for book, results in books.items()}
        yield {"month": f"{year}-{month:02}", **found}


def _knobs(report: Document) -> Iterator[Row]:
    for state in report["knob_state"]:
        yield flat({name: value for name, value in state.items() if name not in {"history", "evidence"}})


def _knob_history(report: Document) -> Iterator[Row]:
    for state in report["knob_state"]:
        whose = {name: state[name] for name in ("bot", "mode", "symbol", "knob")}
        yield from ({**whose, **flat(step)} for step in state["history"])


def _scenarios(report: Document) -> Iterator[Row]:
    for answer in report["scenarios"]:
        for scenario in () if "sweep" in answer else answer["scenarios"]:
            for group in scenario["groups"]:
                whose = {name: group[name] for name in GROUP}
                for book in ("in_turn", "alone", "capacity"):
                    if group.get(book):
                        yield {"scenario": scenario["scenario"], **whose, "book": book, **flat(group[book])}


def _sweeps(report: Document) -> Iterator[Row]:
    for answer in report["scenarios"]:
        for group in answer["groups"] if "sweep" in answer else ():
            whose = {name: group[name] for name in GROUP}
            rules = [axis["rule"] for axis in answer["sweep"]["axes"]]
            for row in group["scenarios"]:
                values = dict(zip(rules, map(str, row["values"]), strict=True))
                figures = {name: value for name, value in row.items() if name != "values"}
                yield {"scenario": row["scenario"], **whose, **values, **flat(figures)}


def _saved(report: Document) -> Iterator[Row]:
    for each in report["saved_scenarios"]:
        named = {"name": each["name"], "scenario": each["scenario"]}
        for group in each["groups"]:
            whose = {name: group[name] for name in GROUP}
            sides = flat({"base": group["base"], "changed": group["scenario"]})
            yield {**named, **whose, **sides, "difference": group["difference"], **_as_kept(each, group)}


def _as_kept(kept: Document, group: Document) -> Row:
    """Return how sure the difference was, in each book, when the scenario was kept."""
    found = answered(kept, group)
    if found is None:
        return {}
    books = {book: found[book]["evidence"] for book in ("in_turn", "alone", "capacity") if found.get(book)}
    return {"not_rejudged": found["not_rejudged"], **flat(books)}


def _health(report: Document) -> Iterator[Row]:
    lists = {"anomalies", "symbols_without_prices"}
    counts = {name: value for name, value in report["log_health"].items() if name not in lists}
    yield from ({"count": name, "n": n} for name, n in flat(counts).items())


def _anomalies(report: Document) -> Iterator[Row]:
    yield from (flat(row) for row in report["log_health"]["anomalies"])


def _without_prices(report: Document) -> Iterator[Row]:
    for row in report["log_health"]["symbols_without_prices"]:
        yield {**row, "most_similar": ", ".join(row["most_similar"])}


TABLES: tuple[Table, ...] = (
    Table("books", (*GROUP, "book"), _of_groups(_books)),
    Table("guards", (*GROUP, "guard"), _of_groups(_guards)),
    Table("guard_days", (*GROUP, "guard", "day"), _of_groups(_guard_days)),
    Table("missed", (*GROUP, "key", "value"), _of_groups(_missed)),
    Table("suggestions", (*GROUP, "kind", "name"), _of_groups(_suggestions)),
    Table("decay", (*GROUP, "strategy", "symbol"), _of_groups(_decay)),
    Table("edge_by_delay", (*GROUP, "strategy", "symbol", "delay_s"), _of_groups(_edge)),
    Table("strategies", (*GROUP, "strategy"), _of_groups(_strategies)),
    Table("performance", (*GROUP, "dimension", "value"), _of_groups(_performance)),
    Table("calibration", (*GROUP, "source", "strategy", "model_version"), _of_groups(_calibration)),
    Table("reliability", (*GROUP, "source", "strategy", "model_version"), _of_groups(_reliability)),
    Table("days", (*GROUP, "day"), _of_groups(_days)),
    Table("months", (*GROUP, "month"), _of_groups(_months)),
    Table("knobs", ("bot", "mode", "symbol", "knob"), _knobs),
    Table("knob_history", ("bot", "mode", "symbol", "knob", "kind", "at"), _knob_history),
    Table("saved_scenarios", ("name", "scenario", *GROUP), _saved),
    Table("scenarios", ("scenario", *GROUP, "book"), _scenarios),
    Table("sweeps", ("scenario", *GROUP), _sweeps),
    Table("health", ("count", "n"), _health),
    Table("anomalies", ("bot", "run", "trade_id", "kind"), _anomalies),
    Table("symbols_without_prices", ("symbol", "signals", "most_similar"), _without_prices),
    Table("banners", ("code", "text"), lambda report: (dict(banner) for banner in report["banners"])),
)
"""In the order of the sheets."""
