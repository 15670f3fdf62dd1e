"""What the compose file starts, started without containers: the same commands and values, on loopback."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import orjson

from tests.house.sources import ROOT
from tests.house.test_deployment import services

PATIENCE_S = 180


class Composed:
    """The services of the compose file as processes in a folder, against a broker of the tests."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url
        self._replicas = 0

    def arguments(self, name: str, *instead: str) -> list[str]:
        service = services()[name]
        head = service.get("entrypoint", ["python", "-m", "untaken"])
        tail = list(instead) or [self._own(word) for word in service["command"]]
        return [sys.executable, *map(self._own, head[1:]), *tail]

    def environment(self, name: str) -> dict[str, str]:
        own = {key: value for key, value in os.environ.items() if not key.startswith("UNTAKEN_")}
        configured: dict[str, str] = services()[name]["environment"]
        return own | configured | {"UNTAKEN_LOG": self._url}

    def once(self, name: str, *instead: str) -> str:
        """Run a service to its end, which must be a good one; return what it prints."""
        done = self.tried(name, *instead)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def tried(self, name: str, *instead: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.arguments(name, *instead),
            cwd=self._folder,
            env=self.environment(name),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )

    @contextmanager
    def running(self, name: str, *more: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a service beside the test; ask it to end as a container engine does."""
        self._replicas += 1
        with (self._folder / f"{name}-{self._replicas}.log").open("wb") as said:
            process = subprocess.Popen(
                [*self.arguments(name), *more],
                cwd=self._folder,
                env=self.environment(name),
                stdout=said,
                stderr=said,
            )
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    raise

    def _own(self, word: str) -> str:
        """Put paths of the container into the folder; ports are the system's to choose, for all share one host."""
        if word == "9100":
            return "0"
        word = word.replace("/opt/untaken/", f"{ROOT}/")
        return word.replace("/var/lib/untaken", str(self._folder / "state"))


def report(composed: Composed) -> Any:
    """Return the report once the workers have counted all there is; nothing until then."""
    done = composed.tried("untaken", "report", "--all", "--json")
    if done.returncode == 2 and "no worker has published anything yet" in done.stderr:
        return None
    assert done.returncode == 0, done.stderr
    found = orjson.loads(done.stdout)
    return found if found["groups"] and found["log_health"]["lag"] == 0 else None


def test_what_compose_starts_goes_from_a_bot_to_a_report_that_any_process_can_ask_for(
    broker: str, prefix: str, tmp_path: Path
) -> None:
    composed = Composed(tmp_path, f"{broker}?prefix={prefix}")
    composed.once("topics")
    with ExitStack() as stack:
        workers = [
            stack.enter_context(composed.running("worker"))
            for _ in range(services()["worker"]["deploy"]["replicas"])
        ]
        with composed.running("producer", "--seconds", "8", "--faster", "100") as producer:
            assert producer.wait(PATIENCE_S) == 0
        deadline = time.monotonic() + PATIENCE_S
        while (found := report(composed)) is None:
            assert [worker.poll() for worker in workers] == [None] * len(workers)
            assert time.monotonic() < deadline
    verified = composed.once("untaken", "replay", "verify")

    assert [worker.returncode for worker in workers] == [0] * len(workers)
    (group,) = found["groups"]
    assert {guard["guard"] for guard in group["guard_effectiveness"]["guards"]} == {
        "confident",
        "narrow_spread",
        "free_slot",
    }
    assert "clean" in verified
