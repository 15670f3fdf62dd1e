"""What was missed, decay, strategies, calibration, months and the rest of the answers on a terminal."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.rule import Rule
from rich.text import Text

from untaken.web.reports.charts.months import NAMES, by_month
from untaken.web.reports.charts.ranks import rank_words
from untaken.web.reports.numbers import Money, count, delay, in_r, percent, ppm
from untaken.web.reports.parts.books import luck, measured_error, rows_of
from untaken.web.reports.parts.calibration import SOURCES
from untaken.web.reports.parts.calibration import sentence as calibrated
from untaken.web.reports.parts.decay import delays_of
from untaken.web.reports.parts.decay import sentence as decayed
from untaken.web.reports.parts.dimensions import dimensions_of
from untaken.web.reports.parts.grid import pnl_of
from untaken.web.reports.parts.knobs import knobs_of
from untaken.web.reports.parts.missed import LABELS, command_of, name_of, suggestion_of
from untaken.web.reports.parts.missed import story as missed_story
from untaken.web.reports.parts.scenarios import saved_of, what_if_of
from untaken.web.reports.parts.strategies import sentence as ranked
from untaken.web.reports.parts.sweeps import sweep_of
from untaken.web.reports.terminal.layout import hanging, plain_table, printed, titled
from untaken.web.reports.words import Document, clean, cost_model

MOST_ROWS = 12


def answers(group: Document, money: Money) -> Iterator[RenderableType]:
    """Yield the parts of one group, below its guards."""
    yield from _missed(group, money)
    yield from _decay(group)
    yield from _strategies(group, money)
    yield from _shadow(group, money)
    yield from _months(group, money)
    yield from _calibration(group)
    yield from _performance(group, money)


def _missed(group: Document, money: Money) -> Iterator[RenderableType]:
    missed = group.get("missed_opportunity")
    if not missed or not missed["missed"]:
        return
    yield titled("Missed opportunities")
    yield Text(missed_story(missed, money))
    table = plain_table()
    table.add_column("reason")
    table.add_column("signals", justify="right")
    table.add_column(Text(f"net missed, {money.currency}"), justify="right")
    table.add_column("mean", justify="right")
    table.add_column("evidence")
    for reason in missed["reason_codes"][:MOST_ROWS]:
        evidence = reason["evidence"]
        table.add_row(
            Text(name_of(reason["reason_code"])),
            count(reason["missed"]),
            money.signed(reason["net_opportunity_cost"]),
            in_r(evidence["mean_missed_milli_r"]) if evidence else "",
            LABELS[evidence["clearly"]] if evidence else "",
        )
    yield table
    for each in group.get("suggestions") or ():
        said = suggestion_of(each, money)
        stake = f", {said.at_stake} at stake" if said.at_stake else ""
        yield hanging("→ ", Text(f"{said.title}{stake}. {said.why}"))
        if command := command_of(each):
            yield hanging("  ", Text(command, style="dim"))


def _decay(group: Document) -> Iterator[RenderableType]:
    overall = (group.get("signal_decay") or {}).get("overall")
    if not overall or not (overall["to_decision"]["n"] or overall["to_fill"]["n"] or overall["edge_n"]["0"]):
        return
    yield titled("Signal decay")
    yield Text(decayed(overall))
    known = [d for d in delays_of(overall) if overall["edge_ppm"][str(d)] is not None]
    if len(known) < 2:
        return
    table = plain_table()
    table.add_column("entered late")
    table.add_column("mean return", justify="right")
    table.add_column("signals", justify="right")
    for d in known:
        table.add_row(
            delay(d) if d else "at once", ppm(overall["edge_ppm"][str(d)]), count(overall["edge_n"][str(d)])
        )
    yield table


def _strategies(group: Document, money: Money) -> Iterator[RenderableType]:
    section = group.get("strategy_leaderboard")
    if not section or not section["strategies"]:
        return
    yield titled("Strategies")
    yield Text(ranked(section))
    table = plain_table()
    table.add_column("strategy")
    for side in ("shadow", "real"):
        for column in (side, "net", "win rate"):
            table.add_column(column, justify="right")
    for row in section["strategies"][:MOST_ROWS]:
        sides = (
            (rank_words(row[side]), money.signed(pnl_of(row[side])), percent(row[side]["win_rate"]))
            for side in ("shadow", "real")
        )
        table.add_row(Text(clean(row["strategy"])), *(cell for side in sides for cell in side))
    yield table


def _shadow(group: Document, money: Money) -> Iterator[RenderableType]:
    table = plain_table()
    table.add_column("")
    for book in ("shadow, in turn", "shadow, alone", "real"):
        table.add_column(book, justify="right")
    for row in rows_of(group, money):
        table.add_row(Text(row.label), *map(Text, row.cells))
    yield titled("Shadow beside real")
    yield table
    if said := luck(group):
        yield Text(said)
    yield Text(f"{measured_error(group['shadow_performance'])} Shadow {cost_model(group)}.", style="dim")


def _months(group: Document, money: Money) -> Iterator[RenderableType]:
    days = group["shadow_performance"].get("days") or ()
    shadow, real = (by_month(days, book) for book in ("in_turn", "real"))
    months = sorted({*shadow, *real})
    if len(months) < 2:
        return
    yield titled("Month by month")
    table = plain_table()
    table.add_column("")
    table.add_column("shadow, in turn", justify="right")
    table.add_column("real", justify="right")
    for year, month in months[-MOST_ROWS:]:
        results = (money.signed(book.get((year, month))) for book in (shadow, real))
        table.add_row(f"{NAMES[month - 1]} {year}", *results)
    yield table
    if len(months) > MOST_ROWS:
        yield Text(f"and {count(len(months) - MOST_ROWS)} earlier months", style="dim")


def _calibration(group: Document) -> Iterator[RenderableType]:
    section = group.get("calibration")
    if not section or not any(section[name]["n"] for name, _ in SOURCES):
        return
    yield titled("Calibration")
    for name, label in SOURCES:
        if section[name]["n"]:
            yield hanging(f"{label}: ", Text(calibrated(section[name])))


def _performance(group: Document, money: Money) -> Iterator[RenderableType]:
    found = [each for each in dimensions_of(group, money) if each.summary]
    if not found:
        return
    yield titled("Performance by key")
    table = plain_table()
    table.add_column("")
    table.add_column("", justify="right")
    table.add_column("")
    for each in found:
        table.add_row(each.title, each.values, Text(each.summary))
    yield table
    yield Text("Every value of every key: --html, --xlsx, --csv or --json.", style="dim")


def scenarios(report: Document) -> Iterator[RenderableType]:
    """Yield the answers to what-ifs that stand beside the report."""
    answered, saved = report.get("scenarios") or (), saved_of(report.get("saved_scenarios") or ())
    if not answered and saved is None:
        return
    yield Text()
    yield Rule(Text("other rules"), align="left", style="dim")
    if saved is not None:
        yield printed(saved)
    for answer in answered:
        if "sweep" in answer:
            yield from _sweep(answer)
            continue
        for each in what_if_of(answer).scenarios:
            yield Text.assemble(
                (f"{each.verdict.mark} {each.name}", each.verdict.style),
                f" ({each.who}): {each.difference}, {each.verdict.label}",
            )
            yield hanging("  ", Text(f"{each.change}. {each.sentence}", style="dim"))


def _sweep(answer: Document) -> Iterator[RenderableType]:
    shown = sweep_of(answer)
    for group in shown.groups:
        yield Text(f"{shown.title} ({group.who})", style="bold")
        yield hanging("  ", Text(group.sentence))
        for text in group.luck:
            yield hanging("  ", Text(text, style="dim"))


def knobs(report: Document) -> Iterator[RenderableType]:
    """Yield the knobs that somebody or something moved."""
    for place in knobs_of(report.get("knob_state") or ()):
        yield titled(f"Knobs of {place.who}")
        table = plain_table()
        for column in ("knob", "stands at", "default", "last change"):
            table.add_column(column)
        for knob in place.knobs:
            table.add_row(*map(Text, (knob.name, knob.current, knob.default, f"{knob.moved}, {knob.note}")))
        yield table
