"""untaken demo: a small honest bot on real candles, from its events to a verdict on each guard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from untaken.cli.progress import progress_of
from untaken.cli.replaying import verified
from untaken.cli.reporting import show, write_html
from untaken.cli.running import caught_up
from untaken.cli.session import Session
from untaken.errors import UntakenError
from untaken.version import __version__
from untaken.web.reports.document import Asked, document


class DemoThere(UntakenError):
    """There is a demo of an earlier run where this one would go; nothing was touched."""


def demo(
    candles: Annotated[
        list[Path] | None, typer.Option("--candles", help="Run on these candle files instead (repeatable).")
    ] = None,
    into: Annotated[Path, typer.Option("--into", help="Folder for logs and reports.")] = Path("untaken-demo"),
    seed: Annotated[int, typer.Option("--seed", help="Seed of the planted log.")] = 1,
    again: Annotated[bool, typer.Option("--again", help="Replace the demo of an earlier run.")] = False,
) -> None:
    """Run a bot on real candles, then judge its guards; then do the same with a log whose answer is known."""
    from untaken.demo import plant, run_demo

    into.mkdir(parents=True, exist_ok=True)
    for name in ("real", "planted"):
        _make_room(into, name, again=again)
    typer.echo("A paper bot with three strategies and five guards runs over real candles.")
    real = f"sqlite:///{into / 'real.db'}"
    with progress_of("bot") as advance:
        run_demo(real, candles, advance)
    _judge(real, into / "real.html")
    typer.echo("\nA planted log: generated, with one guard that saves, one that costs, one without material")
    typer.echo("effect, and one on which there is too little evidence. The verdicts should say so.")
    planted = f"sqlite:///{into / 'planted.db'}"
    plant(planted, seed)
    _judge(planted, into / "planted.html")


def _make_room(into: Path, name: str, *, again: bool) -> None:
    there = sorted(into.glob(f"{name}.*"))
    if there and not again:
        raise DemoThere(
            f"{into} holds an earlier demo; add --again to replace it, or name another folder with --into"
        )
    for file in there:
        if file.is_file():
            file.unlink()


def _judge(log: str, html: Path) -> None:
    """Run the engine, show and write the report, and verify that it follows from the log."""
    session = Session.of(log, None)
    caught_up(session)
    with session.view() as (view, lag):
        figures = document(view, Asked(hours=None), log=log, version=__version__, now=None, lag=lag)
    show(figures)
    write_html(figures, html)
    typer.echo(f"verify: {verified(session)}")
    typer.echo(f"report: {html} ({html.resolve().as_uri()})")
