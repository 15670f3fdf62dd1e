"""untaken run and doctor: the engine, and whether all is well."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from untaken.cli.kafka.health import health_of_worker
from untaken.cli.progress import progress_of
from untaken.cli.session import (
    CheckFailed,
    ConfigOption,
    JsonOption,
    LogOption,
    Session,
    counted,
    print_json,
)
from untaken.errors import UntakenError
from untaken.streams.chain.chain import Applied
from untaken.streams.engine import Engine, SettingsDisagree, agree_on_settings
from untaken.streams.logs.base import Log
from untaken.streams.logs.opening import is_kafka
from untaken.streams.store.state import State
from untaken.streams.view import Filters, NothingPublished, Window
from untaken.version import __version__

HIDDEN = "(hidden)"


class WorkersRunIt(UntakenError):
    """The embedded engine is for embedded logs; nothing is started."""


def run(
    log: LogOption = None,
    config: ConfigOption = None,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="Process what is there and stop.")] = False,
    json: JsonOption = False,
) -> None:
    """Run the engine: read the log, keep ledger, trades and projections."""
    total = caught_up(Session.of(log, config), until_idle=until_idle)
    if json:
        print_json(total)
    else:
        typer.echo(f"{total['records']} records applied, {total['refused']} refused")


def caught_up(session: Session, *, until_idle: bool = True) -> dict[str, int]:
    """Run the engine of a session; return what was applied."""
    if is_kafka(session.log_url):
        raise WorkersRunIt(
            f"{session.log_url} lies on Kafka, where workers do this: untaken worker --log '{session.log_url}'"
        )
    stopped = threading.Event()
    _stop_gracefully(stopped)
    with session.log(create=True) as opened:
        agree_on_settings(opened, session.effective.config.settings, by="run")
        state = State(session.state_path)
        try:
            return _work(Engine(opened, state), session, stopped, until_idle=until_idle)
        finally:
            state.close()


def _work(engine: Engine, session: Session, stopped: threading.Event, *, until_idle: bool) -> dict[str, int]:
    total = {"records": 0, "accepted": 0, "copies": 0, "refused": 0, "unread": 0}
    with progress_of("applying") as advance:

        def note(applied: Applied) -> None:
            for name in total:
                total[name] += getattr(applied, name)
            advance(applied.records)

        engine.run(
            until_idle=until_idle,
            batch_records=session.effective.config.engine.batch_records,
            progress=note,
            stop=stopped.is_set,
        )
    return total


def _stop_gracefully(stopped: threading.Event) -> None:
    """Let the batch at hand finish on SIGTERM and SIGINT."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())


def doctor(log: LogOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Print the effective configuration with its origins and check the log and its state."""
    session = Session.of(log, config)
    effective = session.effective
    values = _values(session)
    origins = {name: effective.origins.get(name, "default") for name in values} | {"log": session.log_origin}
    problems, facts = _checked(session)
    if json:
        document = {
            "untaken": __version__,
            "values": values,
            "origins": origins,
            "facts": facts,
            "problems": problems,
        }
        print_json(document)
    else:
        for name, value in values.items():
            typer.echo(f"{name} = {value}  ({origins[name]})")
        for fact in facts:
            typer.echo(fact)
        typer.echo("all is well" if not problems else "\n".join(problems))
    if problems:
        raise CheckFailed(problems[0])


def _values(session: Session) -> dict[str, Any]:
    """Return what is in force by its name: what brokers and workers are told where the log is on Kafka."""
    config = session.effective.config
    if is_kafka(session.log_url):
        kafka, worker = config.kafka.model_dump(), config.worker.model_dump()
        kafka["sasl_password"] = None if kafka["sasl_password"] is None else HIDDEN
        told = {
            **{f"kafka.{name}": value for name, value in kafka.items()},
            **{f"worker.{name}": value for name, value in worker.items()},
        }
    else:
        told = {"engine.batch_records": config.engine.batch_records}
    settings = {f"settings.{name}": value for name, value in config.settings.items()}
    return {"log": session.log_url, **told, "report.hours": config.report.hours, **settings}


def _checked(session: Session) -> tuple[list[str], list[str]]:
    on_kafka = is_kafka(session.log_url)
    with session.log(read_only=True) as opened:
        problems = list(opened.check())
        # Brokers keep no counts: the workers' are told below.
        counts = [] if on_kafka else opened.counts()
        facts = [f"{counted(count.events, 'event')} of type {count.type}" for count in counts]
        problems.extend(_disagreement(opened, session))
    if on_kafka:
        failing, told = health_of_worker(session.effective.config.worker)
        return [*problems, *failing], [*facts, *_published(session), *told]
    path: Path | None = session.state_path
    if path is None or not path.exists():
        return problems, [*facts, "nothing is computed yet (untaken run --until-idle)"]
    with session.view() as (view, lag):
        facts.append(f"state: {counted(lag, 'record')} of the log not counted yet")
        facts.append(f"settings in force: {view.context.timeline.latest.digest}")
    return problems, facts


def _published(session: Session) -> Iterator[str]:
    """Say what workers have published, and how fresh it is."""
    try:
        with session.view() as (view, lag):
            events = view.health(Window(), Filters())["events"]
            yield from (f"{counted(n, 'event')} in the topic {topic}" for topic, n in events.items())
            for each in view.freshness_figures(time.time_ns() // 1000):
                age = (
                    "nothing published yet"
                    if each["age_s"] is None
                    else f"published {each['age_s']:,.0f} s ago"
                )
                yield f"partition {each['partition']}: {age}, {counted(each['behind'], 'record')} behind"
            yield f"state: {counted(lag, 'record')} of the log not counted yet"
            yield f"settings in force: {view.context.timeline.latest.digest}"
    except NothingPublished as nothing:
        yield str(nothing)


def _disagreement(log: Log, session: Session) -> Iterator[str]:
    """Say what keeps the engine from starting with this configuration."""
    if log.end() == log.start():
        return
    try:
        agree_on_settings(log, session.effective.config.settings, by="doctor")
    except SettingsDisagree as disagreement:
        yield str(disagreement)
