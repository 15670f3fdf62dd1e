"""What every part of the terminal report is laid out with."""

from rich.table import Table
from rich.text import Text

from untaken.web.reports.parts.grid import Grid


def titled(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def plain_table() -> Table:
    return Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)


def printed(grid: Grid) -> Table:
    """Print a grid; what it draws and its notes are the page's."""
    table = plain_table()
    for column in grid.columns:
        table.add_column(Text(column.label), justify="left" if column.words else "right")
    for row in grid.rows:
        table.add_row(*(Text(cell.text) for cell in row))
    return table


def hanging(mark: str, text: Text, style: str = "") -> Table:
    """Set a mark before a text whose further lines stay indented."""
    grid = Table.grid()
    grid.add_column(no_wrap=True, style=style)
    grid.add_column(style=style)
    grid.add_row(Text(mark), text)
    return grid
