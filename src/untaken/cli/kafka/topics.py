"""untaken topics: the topics of a log on Kafka."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from untaken.cli.session import CheckFailed, ConfigOption, JsonOption, LogOption, Session, print_json
from untaken.errors import UntakenError
from untaken.streams.logs.opening import is_kafka

if TYPE_CHECKING:
    from untaken.streams.logs.kafka.topics import Cluster, Described

app = typer.Typer(help="Make and list the topics of a log on Kafka.", no_args_is_help=True)


class NoTopics(UntakenError):
    """The log is not on Kafka, so it has no topics."""


@app.command("create")
def create(
    log: LogOption = None,
    config: ConfigOption = None,
    partitions: Annotated[
        int | None, typer.Option("--partitions", help="Partitions of the topics keyed by symbol.", min=1)
    ] = None,
    replication: Annotated[
        int | None, typer.Option("--replication", help="Copies of each partition.", min=1)
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make the topics that are missing; refuse if there are some with another number of partitions."""
    session = Session.of(log, config)
    asked = partitions or (
        session.kafka.partitions if "kafka.partitions" in session.effective.origins else None
    )
    cluster = _cluster(session, asked, replication)
    try:
        made = cluster.create(asked)
    finally:
        cluster.close()
    if json:
        print_json({"created": made})
    else:
        typer.echo("\n".join(f"created {name}" for name in made) or "all topics were there already")


@app.command("list")
def listing(log: LogOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the topics with their partitions and records; fail if one endangers the log."""
    cluster = _cluster(Session.of(log, config))
    try:
        topics, problems = cluster.listed()
    finally:
        cluster.close()
    if json:
        print_json({"topics": [topic._asdict() for topic in topics], "problems": problems})
    else:
        for topic in topics:
            typer.echo(_line(topic))
    if problems:
        raise CheckFailed("; ".join(problems))


def _cluster(session: Session, partitions: int | None = None, replication: int | None = None) -> Cluster:
    if not is_kafka(session.log_url):
        raise NoTopics(
            f"{session.log_url} ({session.log_origin}) has no topics, only a log on Kafka has: "
            "give --log kafka://host:port"
        )
    from untaken.streams.logs.kafka.topics import cluster_of

    return cluster_of(session.log_url, session.kafka, partitions=partitions, replication=replication)


def _line(topic: Described) -> str:
    policy = topic.values.get("cleanup.policy", "?")
    return f"{topic.name}  {topic.partitions} partition(s), {policy}, {topic.records:,} record(s)"
