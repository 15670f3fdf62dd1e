"""Partitions at work at once: a process each, at most as many as there are processors."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import orjson

from untaken.replay.tasks import Answer, Task

Advance = Callable[[int], None]


def processors() -> int:
    """Return how many processes may compute at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def done(tasks: Iterable[Task], advance: Advance, most: int | None = None) -> list[Answer]:
    """Do tasks in processes of their own; return the answers in order of the tasks.

    `advance` is called with numbers of records as they are read, from several threads.
    """
    with ThreadPoolExecutor(max_workers=most or processors()) as pool:
        return list(pool.map(lambda task: _in_a_process(task, advance), tasks))


def _in_a_process(task: Task, advance: Advance) -> Answer:
    command = [sys.executable, "-m", "untaken.replay.partition_process"]
    # One thread for each partition: they share the processors, and would only wait for each other.
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
    with subprocess.Popen(  # noqa: S603 - this interpreter and a module of ours
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(task.encoded())
        process.stdin.close()
        answer: Answer | None = None
        for line in process.stdout:
            said = orjson.loads(line)
            if "answer" in said:
                answer = Answer(**said["answer"])
            else:
                advance(said["records"])
        code = process.wait()
    if answer is None:
        return Answer(
            task.partition, error=f"the process of partition {task.partition} ended with code {code}"
        )
    return answer
