"""The compose file and the container say what the program understands."""

import json
import re
from functools import cache
from typing import Any

import pytest
import typer
import yaml

from tests.house.sources import ROOT
from untaken.cli.program import app
from untaken.config import load
from untaken.streams.broker.jars import KAFKA

CONTAINERFILE = (ROOT / "deploy" / "Containerfile").read_text("utf-8")


@cache
def services() -> dict[str, Any]:
    """Return the services of the compose file, with what they share merged in."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    return found


OWN = [name for name, service in services().items() if service["image"] == "untaken"]


def understood(arguments: list[str]) -> str:
    """Parse a command line without running it; return the path of the command."""
    command: Any = typer.main.get_command(app)
    context = command.make_context("untaken", list(arguments))
    while hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, context._protected_args + context.args)
        context = command.make_context(name, rest, parent=context)
    return str(context.command_path)


@pytest.mark.parametrize("name", [name for name in OWN if "entrypoint" not in services()[name]])
def test_every_service_runs_a_command_that_exists(name: str) -> None:
    arguments = services()[name]["command"]

    assert understood(arguments).startswith(f"untaken {arguments[0]}")


@pytest.mark.parametrize("name", OWN)
def test_every_service_is_configured_with_values_that_exist(name: str) -> None:
    effective = load(None, services()[name]["environment"])

    assert effective.config.log == "kafka://kafka:9092"
    assert effective.config.kafka.partitions == 8


def test_the_broker_is_the_version_that_the_tests_run_against() -> None:
    assert services()["kafka"]["image"] == f"apache/kafka:{KAFKA}"


def test_nothing_starts_before_what_it_needs() -> None:
    waits = {name: service.get("depends_on", {}) for name, service in services().items()}

    assert waits["topics"] == {"kafka": {"condition": "service_healthy"}}
    for name in ("worker", "producer"):
        assert waits[name] == {"topics": {"condition": "service_completed_successfully"}}


def test_the_container_copies_only_what_is_there_and_starts_the_program() -> None:
    copied = re.findall(r"^COPY (.+) \S+$", CONTAINERFILE, re.MULTILINE)

    assert [path for line in copied for path in line.split() if not (ROOT / path).exists()] == []
    assert json.loads(re.findall(r"^ENTRYPOINT (.+)$", CONTAINERFILE, re.MULTILINE)[0]) == ["untaken"]


def test_the_example_producer_lies_where_the_compose_file_looks_for_it() -> None:
    (_, script) = services()["producer"]["entrypoint"]

    assert (ROOT / script.removeprefix("/opt/untaken/")).is_file()
