"""What every answer to a what-if has on a terminal, whatever was asked: its head, its foot, the form of its tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from untaken.projections.figures import Figures
from untaken.web.reports.numbers import counted
from untaken.web.reports.words import clean, window


def print_framed(answer: Figures, title: str, body: Iterable[RenderableType], console: Console) -> None:
    """Print an answer; names from the log are printed as text, whatever is in them."""
    for part in _framed(answer, title, body):
        console.print(part)


def _framed(answer: Figures, title: str, body: Iterable[RenderableType]) -> Iterator[RenderableType]:
    yield Text(f"{title}, {window(answer)}", style="bold")
    yield Text(clean(answer["log"]), style="dim")
    if "computed_here" in answer:
        yield Text(answer["computed_here"], style="dim")
    yield from body
    tried = counted(answer["scenarios_tried"], "scenario")
    yield Text(f"\n{tried} tried on this log so far: the more, the larger must evidence be.", style="dim")


def heading(text: str) -> Iterator[RenderableType]:
    """Begin what is said of one group."""
    yield Text()
    yield Rule(Text(clean(text)), align="left", style="dim")


def who(group: Figures) -> str:
    """Name a group: bot, run, mode, and the currency of its money."""
    return f"{group['bot']}, run {group['run']}, {group['mode']}, {group['currency']}"


def table_of(*titles: str) -> Table:
    """Return an empty table: names at the left, then figures under these titles."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("", no_wrap=True)
    for title in titles:
        table.add_column(title, justify="right")
    return table
