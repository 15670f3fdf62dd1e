"""The broker of a test run: one that is given, else in Docker, else of Apache Kafka's own jars."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest

from tests.streams.logs.builders import ROOT
from untaken.streams.broker import Broker, NoBroker
from untaken.streams.broker.jars import KAFKA
from untaken.streams.broker.ports import free_ports

IMAGE = f"apache/kafka:{KAFKA}"


class Shared(NamedTuple):
    """A broker that several processes of one test run use; the last of them ends it."""

    url: str
    users: int
    container: str | None = None
    pid: int | None = None


@contextmanager
def shared_broker(place: Path) -> Iterator[str]:
    """Yield the URL of a broker; skip loudly without one, or fail if UNTAKEN_REQUIRE_KAFKA=1.

    `place`: a directory that all processes of the run know. Whoever comes first starts the broker there.
    """
    given = os.environ.get("UNTAKEN_TEST_KAFKA")
    if given:
        yield given if "://" in given else f"kafka://{given}"
        return
    with _locked(place):
        shared = _noted(place) or _started(place)
        _note(place, shared._replace(users=shared.users + 1))
    try:
        yield shared.url
    finally:
        with _locked(place):
            _leave(place)


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    with place.joinpath("broker.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _noted(place: Path) -> Shared | None:
    note = place / "broker.json"
    return Shared(**json.loads(note.read_text())) if note.exists() else None


def _note(place: Path, shared: Shared) -> None:
    place.joinpath("broker.json").write_text(json.dumps(shared._asdict()))


def _leave(place: Path) -> None:
    shared = _noted(place)
    assert shared is not None
    if shared.users > 1:
        _note(place, shared._replace(users=shared.users - 1))
        return
    place.joinpath("broker.json").unlink()
    if shared.pid is not None:
        os.kill(shared.pid, signal.SIGTERM)
    if shared.container is not None:
        subprocess.run(["docker", "rm", "-f", shared.container], capture_output=True, check=False)


def _started(place: Path) -> Shared:
    if _docker_runs():
        return _container()
    command = [sys.executable, "-m", "tests.kafka.serving", str(place / "broker")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        without_broker(done.stderr.strip())
    url, pid = done.stdout.split()
    return Shared(url, users=0, pid=int(pid))


def own_broker(directory: Path, users: Mapping[str, str] | None = None) -> Broker:
    """Start a broker of the jars, which a test may stop, kill and start again."""
    try:
        return Broker(directory, users=users).start()
    except NoBroker as missing:
        without_broker(str(missing))


def without_broker(why: str) -> NoReturn:
    """Skip loudly; fail where a broker is required."""
    reason = f"NO KAFKA BROKER: {why}"
    if os.environ.get("UNTAKEN_REQUIRE_KAFKA") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def _docker_runs() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    return subprocess.run([docker, "info"], capture_output=True, check=False).returncode == 0


def _container() -> Shared:
    (port,) = free_ports(1)
    name = f"untaken-test-{uuid.uuid4().hex[:12]}"
    values = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }
    variables = [part for name, value in values.items() for part in ("-e", f"{name}={value}")]
    subprocess.run(
        ["docker", "run", "-d", "--rm", "--name", name, "-p", f"127.0.0.1:{port}:9092", *variables, IMAGE],
        capture_output=True,
        check=True,
    )
    return Shared(f"kafka://127.0.0.1:{port}", users=0, container=name)
