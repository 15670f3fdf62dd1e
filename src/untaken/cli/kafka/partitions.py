"""untaken replay on Kafka: rebuild and verify of all partitions, each in a process of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import typer

from untaken.cli.progress import progress_of
from untaken.cli.session import CheckFailed, Session, counted, print_json
from untaken.errors import UntakenError
from untaken.replay.parallel import done
from untaken.replay.tasks import Answer, Task
from untaken.streams.logs.kafka.address import Address
from untaken.streams.view import NothingPublished
from untaken.streams.worker.options import WorkerOptions

if TYPE_CHECKING:
    from untaken.streams.logs.kafka.log import KafkaLog

Switch = Callable[[Path, Path], None]


class PartitionFailed(UntakenError):
    """A partition could not be read or computed; nothing is replaced."""


def rebuilt(
    session: Session, into: Path | None, until_at: int | None, prepare: Callable[[Path], Path], switch: Switch
) -> tuple[Path, int]:
    """Compute the states of all partitions anew, and only then put them in place; return where, and how many records.

    `prepare` makes ready for a state and returns the file to build it in; `switch` puts that in its place. A
    worker that is given such a state compares it with what is published, and corrects what differs.
    """
    address, partitions = _cluster(session)
    options = _worker(session, address, into)
    files = [options.state_file(number) for number in range(partitions)]
    tasks = [
        Task("rebuild", address.servers, address.options, number, str(prepare(file)), until_at)
        for number, file in enumerate(files)
    ]
    answers = _answers(tasks, "rebuilding")
    for task, file in zip(tasks, files, strict=True):
        switch(Path(task.file), file)
    return options.state_directory, sum(answer.records for answer in answers)


def verify(session: Session, *, json: bool) -> None:
    """Compare what is published of every partition with a rebuild; raise CheckFailed if anything differs."""
    address, partitions = _cluster(session)
    with tempfile.TemporaryDirectory(prefix="untaken-verify-") as scratch:
        tasks = [
            Task("verify", address.servers, address.options, number, str(Path(scratch) / f"{number}.db"))
            for number in range(partitions)
        ]
        answers = _answers(tasks, "verifying")
    if not any(answer.published for answer in answers):
        raise NothingPublished(
            f"{session.log_url}: no worker has published anything yet, so there is nothing to verify; "
            f"start one: untaken worker --log {quote(session.log_url)}"
        )
    _tell(answers, json=json)


def _cluster(session: Session) -> tuple[Address, int]:
    with session.log(read_only=True) as opened:
        log: KafkaLog = opened  # type: ignore[assignment]  # a kafka:// log
        return log.address, log.partitions


def _worker(session: Session, address: Address, into: Path | None) -> WorkerOptions:
    """Return where a worker of this configuration keeps its states."""
    configured = session.effective.config.worker
    app = configured.app or address.options.prefix.strip("._-") or "untaken"
    return WorkerOptions(app=app, state_directory=into or Path(configured.state))


def _answers(tasks: Sequence[Task], title: str) -> list[Answer]:
    with progress_of(title) as advance:
        answers = done(tasks, advance)
    for answer in answers:
        if answer.error is not None:
            raise PartitionFailed(f"partition {answer.partition}: {answer.error}")
    return answers


def _tell(answers: Sequence[Answer], *, json: bool) -> None:
    clean = all(answer.clean for answer in answers)
    records = sum(answer.records for answer in answers)
    if json:
        shown = [
            {
                "partition": answer.partition,
                "published": answer.published,
                "records": answer.records,
                "digests": answer.digests,
                "differences": answer.differences,
            }
            for answer in answers
        ]
        print_json({"clean": clean, "records": records, "partitions": shown})
    else:
        for answer in answers:
            _tell_one(answer)
    if not clean:
        raise CheckFailed(_differing(answers))
    if not json:
        typer.echo(f"clean: everything published follows from {counted(records, 'record')} of the log")


def _tell_one(answer: Answer) -> None:
    if not answer.published:
        typer.echo(f"partition {answer.partition}: nothing published yet")
        return
    typer.echo(f"partition {answer.partition}: {counted(answer.records, 'record')}")
    for difference in answer.differences:
        typer.echo(f"  {difference['table']} differs:")
        for row in difference["rows"]:
            typer.echo(f"  {row['in']:>9}: {row['row'][:300]}")


def _differing(answers: Sequence[Answer]) -> str:
    named = [
        f"{difference['table']} of partition {answer.partition}"
        for answer in answers
        for difference in answer.differences
    ]
    return (
        f"{', '.join(named)} is not what the log makes; stop the workers, untaken replay rebuild corrects "
        "their states, started again they publish what differs; please report it"
    )
