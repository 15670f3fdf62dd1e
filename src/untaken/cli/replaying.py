"""untaken replay: rebuild and verify."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from untaken.cli.choosing import moment
from untaken.cli.kafka import partitions
from untaken.cli.progress import progress_of
from untaken.cli.session import (
    CheckFailed,
    ConfigOption,
    JsonOption,
    LogOption,
    NothingComputed,
    Session,
    print_json,
)
from untaken.errors import UntakenError
from untaken.replay.rebuild import Verification, rebuild
from untaken.replay.rebuild import verify as compare
from untaken.streams.chain.chain import Applied, Chain
from untaken.streams.logs.opening import is_kafka
from untaken.streams.store.state import State

app = typer.Typer(
    help="Compute everything anew from the log, or check that what is there is right.", no_args_is_help=True
)


class MomentRefused(UntakenError):
    """The state of another moment would take the place of that of now; nothing is computed."""


@app.command("rebuild")
def rebuild_command(
    log: LogOption = None,
    config: ConfigOption = None,
    until: Annotated[
        str | None, typer.Option("--until", help="As the log stood at this time (RFC 3339).")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option("--into", help="Write the state here instead of in its place (on Kafka: a directory)."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Compute everything anew beside what is there, then put it in its place."""
    session = Session.of(log, config)
    on_kafka = is_kafka(session.log_url)
    target = into if into or on_kafka else session.state_path
    if (target is None and not on_kafka) or (until is not None and into is None):
        raise MomentRefused("a rebuild up to a moment needs --into FILE, so that the state of now is kept")
    began = time.perf_counter()
    if on_kafka:
        target, records = partitions.rebuilt(session, into, moment("--until", until), _partial_of, _switch)
    else:
        assert target is not None
        records = _rebuilt_beside(session, target, moment("--until", until))
    seconds = max(time.perf_counter() - began, 1e-9)
    if json:
        print_json(
            {"state": str(target), "records": records, "seconds": seconds, "per_second": records / seconds}
        )
    else:
        typer.echo(f"{records} records rebuilt into {target} in {seconds:.1f} s ({records / seconds:,.0f}/s)")


def _rebuilt_beside(session: Session, target: Path, until_at: int | None) -> int:
    """Build the state beside its place, whole, and only then switch; return how many records it took."""
    partial = _partial_of(target)
    records = [0]
    with session.log(read_only=True) as opened, progress_of("rebuilding") as advance:
        state = State(partial)

        def note(applied: Applied) -> None:
            records[0] += applied.records
            advance(applied.records)

        try:
            rebuild(opened, state, until_at=until_at, progress=note)
            state.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            state.close()
    _switch(partial, target)
    return records[0]


def _partial_of(target: Path) -> Path:
    """Return the file beside a state in which another is built, which is not there yet."""
    _no_engine_writes(target)
    partial = target.with_name(f"{target.name}.partial")
    for leftover in _files(partial):
        leftover.unlink(missing_ok=True)
    return partial


def _no_engine_writes(target: Path) -> None:
    """Raise StateInUse before any work is done, if an engine holds the state that would be replaced."""
    if target.exists():
        State(target).close()


def _switch(partial: Path, target: Path) -> None:
    """Put the rebuilt file in place of the old one, which no engine may be writing."""
    _no_engine_writes(target)
    for old in _files(target):
        old.unlink(missing_ok=True)
    partial.replace(target)
    for leftover in _files(partial):
        leftover.unlink(missing_ok=True)


def _files(path: Path) -> list[Path]:
    return [path.with_name(f"{path.name}{suffix}") for suffix in ("", "-wal", "-shm", "-engine")]


@app.command("verify")
def verify(log: LogOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Rebuild from the facts and compare with what is there, table by table; exit code 1 if they differ."""
    session = Session.of(log, config)
    if is_kafka(session.log_url):
        partitions.verify(session, json=json)
    else:
        _tell(_compared(session), json=json)


def verified(session: Session) -> str:
    """Verify and say so in one line; raises CheckFailed if something differs."""
    found = _compared(session)
    if not found.clean:
        raise CheckFailed(_differing(found))
    return _clean(found)


def _compared(session: Session) -> Verification:
    path = session.state_path
    if path is None or not path.exists():
        raise NothingComputed(
            f"{session.log_url}: nothing is computed yet, so there is nothing to verify; "
            f"run: untaken run --until-idle --log {session.log_url}"
        )
    with (
        session.log(read_only=True) as opened,
        tempfile.TemporaryDirectory(prefix="untaken-verify-") as scratch,
        progress_of("verifying") as advance,
    ):
        state = State(path, writer=False)
        try:
            rebuilt = Path(scratch) / "rebuilt.db"
            return compare(opened, Chain(state), rebuilt, progress=lambda applied: advance(applied.records))
        finally:
            state.close()


def _tell(found: Verification, *, json: bool) -> None:
    if json:
        print_json(
            {
                "clean": found.clean,
                "records": found.records,
                "digests": found.digests,
                "differences": [
                    {
                        "table": d.table,
                        "live": d.live_digest,
                        "rebuilt": d.rebuilt_digest,
                        "rows": d.rows.to_dicts(),
                    }
                    for d in found.differences
                ],
            }
        )
    else:
        for name, digest in found.digests.items():
            typer.echo(f"{name:<22} {digest[:16]}")
        for difference in found.differences:
            typer.echo(f"{difference.table} differs:")
            typer.echo(
                "\n".join(f"  {row['in']:>8}: {row['row'][:300]}" for row in difference.rows.to_dicts())
            )
    if not found.clean:
        raise CheckFailed(_differing(found))
    if not json:
        typer.echo(_clean(found))


def _clean(found: Verification) -> str:
    return f"clean: every table follows from the {found.records:,} records of the log"


def _differing(found: Verification) -> str:
    names = ", ".join(difference.table for difference in found.differences)
    return f"{names} is not what the log makes; untaken replay rebuild corrects it, please report it"
