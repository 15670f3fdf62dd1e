"""Guards on a terminal: with their intervals drawn where it is wide, one below the other where it is narrow."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from untaken.web.reports.charts.intervals import Interval, forest, interval_words, mean_words
from untaken.web.reports.findings import guards_of, of_portfolio
from untaken.web.reports.numbers import Money, count
from untaken.web.reports.terminal.layout import hanging
from untaken.web.reports.words import VERDICTS, Document, clean

WIDE = 100
"""From this width on the intervals are drawn and guards stand on one line."""
PLOT = 25


def table_of_guards(group: Document, money: Money, width: int) -> RenderableType:
    return _wide(group, money) if width >= WIDE else _narrow(group, money)


def _wide(group: Document, money: Money) -> RenderableType:
    guards = guards_of(group)
    reasons = (hanging(f"{VERDICTS[guard['verdict']].mark} ", _reason(guard)) for guard in guards)
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
