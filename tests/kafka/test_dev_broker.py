"""untaken dev kafka: a broker without containers, and what it says where it cannot be had."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kafka.brokers import without_broker
from tests.kafka.builders import ids, kafka_log
from tests.streams.logs.builders import signal as an_event
from tests.streams.logs.builders import values_of
from untaken.cli import main
from untaken.streams.broker import Broker, BrokerFailed, JavaMissing, MavenMissing, NoBroker, PortTaken
from untaken.streams.broker.jars import KAFKA, kafka_jars
from untaken.streams.broker.java import find_java
from untaken.streams.broker.ports import free_ports
from untaken.streams.broker.properties import new_cluster_id


@pytest.fixture
def jars() -> Path:
    try:
        find_java()
        return kafka_jars()
    except NoBroker as missing:
        without_broker(str(missing))


def test_no_cluster_id_looks_like_an_option_of_kafkas_tools() -> None:
    assert not [made for made in (new_cluster_id() for _ in range(2_000)) if made.startswith("-")]


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "untaken", "dev", "kafka", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.usefixtures("jars")
def test_the_command_serves_until_it_is_interrupted_and_keeps_its_data(tmp_path: Path) -> None:
    found: list[str] = []
    urls: list[str] = []
    (port,) = free_ports(1)
    for number in (1, 2):
        command = started("--data", str(tmp_path / "kafka"), "--port", str(port))
        assert command.stdout is not None
        urls.append(command.stdout.readline().strip())
        log = kafka_log(urls[-1], "dev.")
        log.append([an_event(number)])
        found += ids(values_of(log))
        log.close()
        os.killpg(command.pid, signal.SIGINT)
        _, said = command.communicate(timeout=120)
        assert (command.returncode, said.splitlines()[-1]) == (0, "stopped")

    assert urls == [f"kafka://127.0.0.1:{port}"] * 2
    assert found == ["signal-1", "signal-1", "signal-2"]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.usefixtures("jars")
def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port} is taken by another program"):
            Broker(tmp_path, port=port).start()


@pytest.mark.usefixtures("jars")
def test_a_broker_that_does_not_start_says_where_its_own_words_are(tmp_path: Path) -> None:
    with pytest.raises(BrokerFailed, match=r"its own words are in .*broker\.log"):
        Broker(tmp_path, values={"log.dirs": "/proc/nowhere"}).start()


def test_without_java_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert main(["dev", "kafka"]) == 2
    assert "a Kafka broker needs Java 17 or newer, found none: install it" in capsys.readouterr().err


def test_an_old_java_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    with pytest.raises(JavaMissing, match=r"needs Java 17 or newer, found Java 11"):
        find_java()


def test_without_maven_an_empty_cache_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MavenMissing, match=f"kafka-{KAFKA} and Maven, which fetches them, is not installed"):
        kafka_jars()


def test_a_failing_maven_is_quoted_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "mvn"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho '[ERROR] no such host'\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    with pytest.raises(
        NoBroker, match=rf"could not fetch Apache Kafka {KAFKA} \(no such host\): check the network"
    ):
        kafka_jars()
    assert list((tmp_path / "cache" / "untaken").iterdir()) == []
