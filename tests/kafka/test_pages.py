"""The pages about Kafka show what really happens, against a real broker and a worker at work."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import orjson
import pytest

from tests.docs.blocks import Block, blocks_of, commands_of
from tests.docs.places import few_candles
from tests.docs.running import Runner
from tests.house.sources import ROOT
from tests.house.test_docs_links import PAGES

REASON = "it needs a broker; tests/kafka/test_pages.py runs it"
ADDRESS = "kafka://127.0.0.1:9092"
BESIDE = ("pip install", "untaken dev kafka", "untaken worker")
"""Commands that the test has done, or runs beside the page."""
PATIENCE_S = 180

SHOWING = {page: blocks for page in PAGES if (blocks := [b for b in blocks_of(page) if b.reason == REASON])}


@contextmanager
def worker(url: str, folder: Path) -> Iterator[None]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("UNTAKEN_")}
    command = [sys.executable, "-m", "untaken", "worker", "--log", url]
    with (
        (folder / "worker.log").open("wb") as said,
        subprocess.Popen(command, cwd=folder, env=own, stdout=said, stderr=said) as process,
    ):
        try:
            yield
        finally:
            process.terminate()
        assert process.wait(60) == 0


def wait_until_counted(url: str) -> None:
    """Wait until the worker has counted and published all there is."""
    deadline = time.monotonic() + PATIENCE_S
    while lag(url) != 0:
        assert time.monotonic() < deadline


def lag(url: str) -> int | None:
    """Return how many records the published state is behind; None before the first publication."""
    command = [sys.executable, "-m", "untaken", "report", "--all", "--json", "--log", url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(orjson.loads(done.stdout)["log_health"]["lag"]) if done.returncode == 0 else None


def runnable(block: Block, url: str) -> Iterator[Block]:
    """Yield one block per command that is the page's own, at the address of the test's broker."""
    for command in commands_of(block):
        if not command.text.startswith(BESIDE):
            text = "\n".join((f"$ {command.text}", *command.output)).replace(ADDRESS, url)
            yield Block(block.page, block.line, block.language, text, "")


@pytest.mark.parametrize("page", SHOWING, ids=lambda page: page.name)
def test_a_page_about_kafka_shows_what_really_happens(
    page: Path, broker: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{broker}?prefix={prefix}"
    few_candles(tmp_path)
    runner = Runner(tmp_path, monkeypatch, lambda _: "")
    commands = [one for block in SHOWING[page] for one in runnable(block, url)]
    made = next(at for at, one in enumerate(commands) if "topics create" in one.text)
    for one in commands[: made + 1]:
        runner.run(one)
    with worker(url, tmp_path) if commands[made + 1 :] else nullcontext():
        for one in commands[made + 1 :]:
            if not one.text.startswith(("$ export", "$ untaken import")):
                wait_until_counted(url)
            runner.run(one)


def test_the_pages_that_need_a_broker_are_found() -> None:
    assert ROOT / "docs" / "how-to" / "operate-on-kafka.md" in SHOWING
