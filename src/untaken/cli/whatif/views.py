"""What a scenario is asked of: the state beside a log, what workers published, or partitions computed here."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from untaken.cli.progress import progress_of
from untaken.cli.session import Session, counted
from untaken.errors import UntakenError
from untaken.replay.parallel import done
from untaken.replay.tasks import Task
from untaken.replay.whatif.partitioned import cache_folder, partition_files, partitioned_view
from untaken.replay.whatif.scenario import Scenario
from untaken.replay.whatif.sweeps.grid import Grid
from untaken.replay.whatif.sweeps.table import blocks
from untaken.streams.logs.opening import is_kafka
from untaken.streams.view import View

if TYPE_CHECKING:
    from untaken.streams.logs.kafka.log import KafkaLog


class PartitionNotFollowed(UntakenError):
    """A partition could not be read or computed; nothing is answered."""


def needs_prices(rules: Sequence[Scenario] | Grid) -> bool:
    """Say whether shadow trades have to be executed anew, which takes prices; workers publish none."""
    if isinstance(rules, Grid):
        return any(block.terms.changes_terms for block in blocks(rules))
    return any(scenario.changes_terms for scenario in rules)


@contextmanager
def scenario_view(session: Session, *, prices: bool) -> Iterator[tuple[View, int, str | None]]:
    """Open what a scenario is asked of; also tell how far it lags, and what had to be done first."""
    if is_kafka(session.log_url) and prices:
        with _followed(session) as (view, said):
            yield view, 0, said
    else:
        with session.view() as (view, lag):
            yield view, lag, None


@contextmanager
def _followed(session: Session) -> Iterator[tuple[View, str]]:
    """Bring the states of all partitions up to date, each in a process of its own, and read them as one."""
    began = time.perf_counter()
    with session.log(read_only=True) as opened:
        log: KafkaLog = opened  # type: ignore[assignment]  # a kafka:// log
        files = partition_files(log.url, log.partitions, cache_folder(os.environ))
        address = log.address
    tasks = [
        Task("follow", address.servers, address.options, number, str(file))
        for number, file in enumerate(files)
    ]
    with progress_of("computing partitions, for their prices") as advance:
        answers = done(tasks, advance)
    for answer in answers:
        if answer.error is not None:
            raise PartitionNotFollowed(f"partition {answer.partition}: {answer.error}")
    records, seconds = sum(answer.records for answer in answers), time.perf_counter() - began
    with partitioned_view(files) as view:
        yield (
            view,
            (
                f"{counted(records, 'record')} of {counted(len(files), 'partition')} computed here in {seconds:.1f} s, for "
                "their prices; asked again, only what is new"
            ),
        )
