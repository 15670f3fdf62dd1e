"""From what a user names to a view of it: a URL, a file, the folder of a demo or an archive."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from untaken.errors import UntakenError
from untaken.replay.whatif.saved import saved_scenarios, saved_view
from untaken.replay.whatif.scenario import ScenarioRefused
from untaken.streams.engine import demand_own, state_path
from untaken.streams.logs.archive.manifest import NAME as MANIFEST
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import is_kafka, open_kafka, open_log
from untaken.streams.store.state import State
from untaken.streams.view import View

LIVE_WITHIN_US = 3_600_000_000
"""A log whose newest event is younger than this counts as live."""

DERIVED = (".state", ".what-if-")
"""What the names of files hold that lie beside a log and are no logs."""


class NothingComputed(UntakenError):
    """There is no state yet; the engine has to run first."""


class NoOneLog(UntakenError):
    """A folder that was named holds no log, or several; nothing is opened."""


def url_of(log: str | Path) -> str:
    """Return the URL of what a user names; a folder is an archive, or the place of exactly one log."""
    if isinstance(log, str) and "://" in log:
        return log
    path = Path(log).expanduser()
    if not path.is_dir():
        return f"sqlite:///{path}"
    if (path / MANIFEST).is_file():
        return f"parquet:///{path}"
    found = [file for file in sorted(path.glob("*.db")) if not any(sign in file.name for sign in DERIVED)]
    if len(found) != 1:
        held = f"holds {', '.join(file.name for file in found)}" if found else "holds no log"
        raise NoOneLog(f"the folder {path} {held}; name one log, such as {path / 'bot.db'}")
    return f"sqlite:///{found[0]}"


@contextmanager
def view_of(url: str, kafka: KafkaOptions | None = None) -> Iterator[tuple[View, int]]:
    """Open what is computed of a log, as it stands now; also tell how many records are not counted in it yet.

    Nothing is written to the log or its state, and an engine or worker goes on meanwhile. Raises NothingComputed
    or NothingPublished where no engine or worker has run, and whatever keeps a log or a state from being opened.
    """
    with _published(url, kafka) if is_kafka(url) else _beside_the_log(url) as found:
        yield found


def place_of_state(url: str) -> Path | None:
    """Return the state that lies beside a log, and what is kept beside it; none of a log in memory or on brokers."""
    return None if is_kafka(url) else state_path(url)


@contextmanager
def kept_view(url: str, scenario: str) -> Iterator[tuple[View, str]]:
    """Open the state as it would be under a scenario that was kept, and say what its rules are.

    Raises ScenarioRefused where none is kept under that name.
    """
    state = place_of_state(url)
    if state is None:
        raise ScenarioRefused(f"scenario {scenario!r}: beside {url} no scenario can be kept")
    with saved_view(state, scenario) as view:
        (title,) = (each.title for each in saved_scenarios(state) if each.name == scenario)
        yield view, title


@contextmanager
def _published(url: str, kafka: KafkaOptions | None) -> Iterator[tuple[View, int]]:
    """Open what workers have published; nobody is asked but the brokers."""
    from untaken.streams.published.reading.caching import cache_file  # noqa: PLC0415 - its client library is an extra
    from untaken.streams.published.reading.merged import merged_view  # noqa: PLC0415 - as above

    with (
        closing(open_kafka(url, kafka, create=False, read_only=True)) as log,
        merged_view(log, cache_file(log.url, dict(os.environ))) as view,
    ):
        yield view, view.lag


@contextmanager
def _beside_the_log(url: str) -> Iterator[tuple[View, int]]:
    """Open the state that lies beside a log."""
    path = state_path(url)
    with closing(open_log(url, create=False, read_only=True)) as log:
        if path is None:
            raise NothingComputed(
                f"{url}: a log in memory is its process's own; name a file, an archive or brokers"
            )
        if not path.exists():
            raise NothingComputed(
                f"{url}: nothing is computed yet; run: untaken run --until-idle --log {url}"
            )
        with closing(State(path, writer=False)) as state:
            view = View(state)
            demand_own(log, view.chain)
            end, here = log.end(), log.start() | view.chain.position
            yield view, sum(max(0, last - here.get(stream, 0)) for stream, last in end.items())


def now_if_live(watermark: int) -> int | None:
    """Return the present, if the newest event is recent; None for a log of the past."""
    now = time.time_ns() // 1000
    return now if abs(now - watermark) < LIVE_WITHIN_US else None
