"""One Kafka broker in a directory: formatted once, started, stopped and killed at will."""

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from untaken.streams.broker.errors import BrokerFailed
from untaken.streams.broker.jars import KAFKA, kafka_jars
from untaken.streams.broker.java import find_java
from untaken.streams.broker.ports import demand_free, free_ports
from untaken.streams.broker.properties import (
    ADDRESS,
    LOGGING,
    READY,
    logins,
    new_cluster_id,
    server_properties,
)

_POLL_S = 0.1
_STOP_S = 30.0


class Broker:
    """A broker that listens on loopback and keeps its data in `directory`, across stops and kills.

    `users`: names and passwords that are let in, by SASL/PLAIN, on a second port (`login_servers`).
    `values`: further lines of server.properties. `start` raises a `NoBroker` that says what is missing.
    """

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        version: str = KAFKA,
        heap_mib: int = 384,
        users: Mapping[str, str] | None = None,
        values: Mapping[str, str] | None = None,
    ) -> None:
        free = free_ports(3)
        self.directory = directory.expanduser().absolute()
        self.port = port or free[0]
        self._login_port, self._controller_port = free[1:]
        self._version = version
        self._heap_mib = heap_mib
        self._users = users or {}
        self._values = values or {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def servers(self) -> str:
        return f"{ADDRESS}:{self.port}"

    @property
    def login_servers(self) -> str:
        return f"{ADDRESS}:{self._login_port}"

    @property
    def url(self) -> str:
        """The log URL of the broker."""
        return f"kafka://{self.servers}"

    @property
    def log_file(self) -> Path:
        return self.directory / "broker.log"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self, timeout_s: float = 120.0) -> Self:
        """Start the broker, formatting its directory before the first time, and return once it serves."""
        if self.running:
            return self
        java, jars = find_java(), kafka_jars(self._version)
        demand_free(self.port)
        self._prepare()
        program = [str(java), f"-Xmx{self._heap_mib}m", "-XX:+UseSerialGC", "-cp", f"{jars}/*"]
        program.append(f"-Dlog4j2.configurationFile={self.directory / 'log4j2.xml'}")
        if not self._data.joinpath("log", "meta.properties").exists():
            self._format(program)
        self._run(program)
        self._wait_until_ready(timeout_s)
        return self

    def stop(self) -> None:
        """Let the broker end in order; kill it if that takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End the broker as kill -9 does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def wait(self) -> int:
        """Wait until the broker ends by itself; return its exit code."""
        return 0 if self._process is None else self._process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def _properties(self) -> Path:
        return self.directory / "server.properties"

    def _prepare(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        more = dict(self._values)
        if self._users:
            more |= logins(self.port, self._login_port, self._controller_port, self._users)
        text = server_properties(self._data, self.port, self._controller_port, more)
        self._properties.write_text(text, encoding="utf-8")
        self.directory.joinpath("log4j2.xml").write_text(LOGGING, encoding="utf-8")

    def _format(self, program: list[str]) -> None:
        tool = ["kafka.tools.StorageTool", "format", "-t", new_cluster_id(), "-c", str(self._properties)]
        with self.log_file.open("ab") as log:
            done = subprocess.run(  # noqa: S603 - Kafka's own tool
                [*program, *tool], stdout=log, stderr=log, check=False
            )
        if done.returncode != 0:
            raise BrokerFailed("could not format its directory", self.log_file)

    def _run(self, program: list[str]) -> None:
        with self.log_file.open("wb") as log:
            # A session of its own: Ctrl-C reaches this program alone, which then ends the broker in order.
            self._process = subprocess.Popen(  # noqa: S603 - Kafka's own server
                [*program, "kafka.Kafka", str(self._properties)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_until_ready(self, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while READY not in self.log_file.read_text(encoding="utf-8", errors="replace"):
            if not self.running:
                self._process = None
                raise BrokerFailed("ended while it started", self.log_file)
            if time.monotonic() > deadline:
                self.kill()
                raise BrokerFailed(f"was not ready after {timeout_s:g} s", self.log_file)
            time.sleep(_POLL_S)
