"""The report on a terminal, wide or narrow."""

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from untaken.web.reports.findings import Amount, Findings, find, guards_of, is_empty, money_of, story
from untaken.web.reports.numbers import Money, counted
from untaken.web.reports.parts.health import anomalies, items_of, topics, without_prices
from untaken.web.reports.parts.overview import tiles_of
from untaken.web.reports.terminal.answers import answers, knobs, scenarios
from untaken.web.reports.terminal.guards import table_of_guards
from untaken.web.reports.terminal.layout import hanging, titled
from untaken.web.reports.words import Document, basis, clean, filters, instant, who, window


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
        yield hanging("! ", Text(clean(banner["text"])), "yellow")
    for number, group in enumerate(report["groups"]):
        yield from _group(group, {} if number else health, width)
    if not report["groups"]:
        yield Text("\nNo signal and no trade lies in this window.")
    yield from scenarios(report)
    yield from knobs(report)
    yield from _health(report, health)


def _group(group: Document, health: Document, width: int) -> Iterator[RenderableType]:
    money, guards, found = money_of(group), guards_of(group), find(group, health)
    yield Text()
    yield Rule(Text(f"{who(group)}, {money.currency}"), align="left", style="dim")
    if found.net_saved is not None:
        yield Text(f"{money.named_signed(found.net_saved)} net saved by blocking", style="bold")
    yield Text(story(found, money, guards=bool(guards), empty=is_empty(group)))
    yield from _found(found, guards=bool(guards) and not is_empty(group))
    if tiles := _tiles(group, money):
        yield titled("At a glance")
        yield tiles
    if guards:
        yield titled("Guards")
        yield table_of_guards(group, money, width)
        yield Text(basis(group), style="dim")
    yield from answers(group, money)


def _found(found: Findings, *, guards: bool) -> Iterator[RenderableType]:
    if guards:
        yield _amounts("What saved", found.saved)
        yield _amounts("What cost", found.cost)
    if found.no_room:
        yield _amounts("For lack of room", found.no_room)
    if found.next:
        yield titled("What to look at next")
        for number, text in enumerate(found.next, 1):
            yield hanging(f"{number}. ", Text(text))


def _tiles(group: Document, money: Money) -> Table | None:
    tiles = tiles_of(group, money)
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    for tile in tiles:
        table.add_row(Text(tile.figure), Text(tile.label), Text(tile.note, style="dim"))
    return table if tiles else None


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
        yield hanging("- ", Text(f"no prices: {text}"))
    odd = anomalies(health)
    for text in odd[:5]:
        yield hanging("- ", Text(text))
    if len(odd) > 5:
        yield Text(f"and {counted(len(odd) - 5, 'more anomaly', 'more anomalies')}", style="dim")
    mark = report.get("watermark")
    yield Text(
        f"events up to {instant(mark) if mark else 'none yet'}, untaken {clean(report['untaken'])}",
        style="dim",
    )
