"""The report on a terminal, wide or narrow."""

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from untaken.web.reports.charts.intervals import Interval, forest, interval_words, mean_words
from untaken.web.reports.findings import Amount, find, guards_of, money_of, of_portfolio, story
from untaken.web.reports.health import anomalies, items_of, topics, without_prices
from untaken.web.reports.numbers import Money, count, counted
from untaken.web.reports.performance import measured_error, rows_of
from untaken.web.reports.words import (
    VERDICTS,
    Document,
    basis,
    clean,
    cost_model,
    filters,
    instant,
    who,
    window,
)

WIDE = 100
"""From this width on the intervals are drawn and guards stand on one line."""
PLOT = 25


def render(report: Document, console: Console) -> None:
    """Print a report document.

    Names from the log are printed as text: neither markup nor control characters in them take effect.
    """
    for part in _parts(report, console.width):
        console.print(part)


def _parts(report: Document, width: int) -> Iterator[RenderableType]:
    health = report.get("log_health") or {}
    yield Text(f"What the trades not taken were worth, {window(report)}", style="bold")
    chosen = filters(report)
    yield Text(f"{clean(report['log'])}{f', where {chosen}' if chosen else ''}", style="dim")
    for banner in report.get("banners") or ():
        yield _hanging("! ", Text(clean(banner["text"])), "yellow")
    for number, group in enumerate(report["groups"]):
        yield from _group(group, {} if number else health, width)
    if not report["groups"]:
        yield Text("\nNo signal and no trade lies in this window.")
    yield from _health(report, health)


def _group(group: Document, health: Document, width: int) -> Iterator[RenderableType]:
    money, guards, found = money_of(group), guards_of(group), find(group, health)
    yield Text()
    yield Rule(Text(f"{who(group)}, {money.currency}"), align="left", style="dim")
    if guards:
        yield Text(f"{money.named_signed(found.net_saved)} net saved by blocking", style="bold")
    yield Text(story(found, money, guards=bool(guards)))
    if guards:
        yield _amounts("What saved", found.saved)
        yield _amounts("What cost", found.cost)
    if found.no_room:
        yield _amounts("For lack of room", found.no_room)
    if found.next:
        yield Text("\nWhat to look at next", style="bold")
        for number, text in enumerate(found.next, 1):
            yield _hanging(f"{number}. ", Text(text))
    if guards:
        yield Text("\nGuards", style="bold")
        yield _wide(group, money) if width >= WIDE else _narrow(group, money)
        yield Text(basis(group), style="dim")
    yield from _shadow(group, money)


def _amounts(title: str, amounts: list[Amount]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for item in amounts:
        table.add_row(
            Text(item.verdict.mark, style=item.verdict.style),
            Text(item.amount, justify="right"),
            Text(item.guard),
            Text(f"{item.verdict.label}, {item.sample}", style="dim"),
        )
    return Group(Text(f"\n{title}", style="bold"), table if amounts else Text("nothing yet", style="dim"))


def _wide(group: Document, money: Money) -> RenderableType:
    guards = guards_of(group)
    reasons = (_hanging(f"{VERDICTS[guard['verdict']].mark} ", _reason(guard)) for guard in guards)
    return Group(_table(guards, money), Text(), *reasons)


def _reason(guard: Document) -> Text:
    return _name(guard).append(f": {clean(guard.get('verdict_sentence') or '')}", style="dim")


def _table(guards: list[Document], money: Money) -> Table:
    axis, intervals = forest(guards)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("guard")
    table.add_column("blocked", justify="right", no_wrap=True)
    table.add_column(Text(f"net saved, {money.currency}"), justify="right", no_wrap=True)
    table.add_column("mean saved per block, R", width=PLOT, no_wrap=True)
    table.add_column("interval", no_wrap=True)
    for guard, interval in zip(guards, intervals, strict=True):
        verdict = VERDICTS[guard["verdict"]]
        table.add_row(
            _name(guard).append(f"\n{verdict.mark} {verdict.label}", style=verdict.style),
            f"{count(guard.get('blocked'))} of {count(guard.get('judged'))}",
            money.signed(guard.get("net_saved")),
            Text(_drawn(interval, axis.zero), style=verdict.style),
            f"{mean_words(guard)}\n{interval_words(guard)}",
        )
    return table


def _drawn(interval: Interval, zero: float) -> str:
    """Draw an interval with line characters: ├──●──┤ about │."""
    cells = [" "] * PLOT
    low, high = _cell(interval.low), _cell(interval.high)
    line = "─" if interval.bounded else "┄"
    cells[low : high + 1] = line * (high - low + 1)
    cells[_cell(zero)] = "┼" if low <= _cell(zero) <= high else "│"
    cells[low] = "◂" if interval.left else "├"
    cells[high] = "▸" if interval.right else "┤"
    if interval.mean is not None:
        cells[_cell(interval.mean)] = "●"
    return "".join(cells)


def _cell(place: float) -> int:
    return min(PLOT - 1, round(place / 100 * (PLOT - 1)))


def _narrow(group: Document, money: Money) -> RenderableType:
    return Group(*(part for guard in guards_of(group) for part in _stacked(guard, money)))


def _stacked(guard: Document, money: Money) -> Iterator[RenderableType]:
    verdict = VERDICTS[guard["verdict"]]
    yield _name(guard).append(f"  {verdict.mark} {verdict.label}", style=verdict.style)
    blocked = f"{count(guard.get('blocked'))} of {count(guard.get('judged'))} blocked"
    yield Padding(Text(f"{money.named_signed(guard.get('net_saved'))}, {blocked}"), (0, 0, 0, 2))
    yield Padding(Text(f"{mean_words(guard)} per block, {interval_words(guard)}"), (0, 0, 0, 2))
    yield Padding(Text(clean(guard.get("verdict_sentence") or ""), style="dim"), (0, 0, 0, 2))


def _name(guard: Document) -> Text:
    name = Text(clean(guard["guard"]))
    return name.append(" (portfolio)", style="dim") if of_portfolio(guard) else name


def _shadow(group: Document, money: Money) -> Iterator[RenderableType]:
    shadow = group["shadow_performance"]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("")
    for book in ("shadow, in turn", "shadow, alone", "real"):
        table.add_column(book, justify="right")
    for row in rows_of(shadow, money):
        table.add_row(Text(row.label), *map(Text, row.cells))
    yield Text("\nShadow beside real", style="bold")
    yield table
    yield Text(f"{measured_error(shadow)} Shadow {cost_model(group)}.", style="dim")


def _health(report: Document, health: Document) -> Iterator[RenderableType]:
    yield Text()
    yield Rule(Text("log health"), align="left", style="dim")
    line = Text()
    for item in items_of(health):
        line.append(f"{', ' if line else ''}{item.figure} {item.label}", style="yellow" if item.wrong else "")
    yield line
    if topics(health):
        yield Text(topics(health), style="dim")
    for text in without_prices(health):
        yield _hanging("- ", Text(f"no prices: {text}"))
    odd = anomalies(health)
    for text in odd[:5]:
        yield _hanging("- ", Text(text))
    if len(odd) > 5:
        yield Text(f"and {counted(len(odd) - 5, 'more anomaly', 'more anomalies')}", style="dim")
    mark = report.get("watermark")
    yield Text(
        f"events up to {instant(mark) if mark else 'none yet'}, untaken {clean(report['untaken'])}",
        style="dim",
    )


def _hanging(mark: str, text: Text, style: str = "") -> Table:
    """Set a mark before a text whose further lines stay indented."""
    grid = Table.grid()
    grid.add_column(no_wrap=True, style=style)
    grid.add_column(style=style)
    grid.add_row(Text(mark), text)
    return grid
