"""What is chosen of a log, by the same options everywhere: a window, a bot, a run, a mode, a strategy, a symbol."""

from __future__ import annotations

from typing import Annotated

import typer

from untaken.reading.known import demand_known
from untaken.reading.windows import OPTIONS, Span, WindowRefused, moment_of, span_of
from untaken.schemas.kinds import Mode

BotOption = Annotated[str | None, typer.Option("--bot", help="Only this bot.")]
RunOption = Annotated[str | None, typer.Option("--run", help="Only this run.")]
ModeOption = Annotated[Mode | None, typer.Option("--mode", help="Only this mode.")]
StrategyOption = Annotated[str | None, typer.Option("--strategy", help="Only this strategy.")]
SymbolOption = Annotated[str | None, typer.Option("--symbol", help="Only this symbol.")]
HoursOption = Annotated[
    float | None,
    typer.Option(
        "--hours", help="Length of the window, from --since, or to --until, or to the end of the log."
    ),
]
AllOption = Annotated[bool, typer.Option("--all", help="From the beginning.")]
SinceOption = Annotated[
    str | None, typer.Option("--since", help="From this time on (RFC 3339, or a date in UTC).")
]
UntilOption = Annotated[
    str | None, typer.Option("--until", help="Before this time (RFC 3339, or a date in UTC).")
]

__all__ = [
    "AllOption",
    "BotOption",
    "HoursOption",
    "ModeOption",
    "RunOption",
    "SinceOption",
    "Span",
    "StrategyOption",
    "SymbolOption",
    "UntilOption",
    "WindowRefused",
    "asked_span",
    "demand_known",
    "moment",
]


def moment(option: str, text: str | None) -> int | None:
    """Return the time that an option names, in microseconds; raises WindowRefused, naming the option."""
    return moment_of(option, text)


def asked_span(
    hours: float | None, since: str | None, until: str | None, *, everything: bool = False
) -> Span:
    """Return the window that these options name; raises WindowRefused for an empty or an impossible one."""
    return span_of(None if everything else hours, since, until, words=OPTIONS)
