"""A process that works on one partition: `python -m untaken.replay.partition_process`, a task on its input."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from untaken.errors import UntakenError
from untaken.replay.partitions import follow_partition, rebuild_partition, verify_partition
from untaken.replay.tasks import Answer, Task, answer_of
from untaken.streams.chain.chain import Applied
from untaken.streams.logs.kafka.log import KafkaLog


def main() -> None:
    """Do the task that stands on standard input; tell of progress and result in lines of JSON."""
    task = Task.decoded(sys.stdin.buffer.read())
    try:
        answer = _done(task)
    except UntakenError as error:
        answer = Answer(task.partition, error=str(error))
    _say({"answer": asdict(answer)})


def _done(task: Task) -> Answer:
    records = 0

    def note(applied: Applied) -> None:
        nonlocal records
        records += applied.records
        _say({"records": applied.records})

    log = KafkaLog(task.address, create=False, read_only=True)
    try:
        if task.kind == "verify":
            return answer_of(task.partition, verify_partition(log, task.partition, Path(task.file), note))
        if task.kind == "follow":
            follow_partition(log, task.partition, Path(task.file), note)
        else:
            rebuild_partition(log, task.partition, Path(task.file), task.until_at, note)
        return Answer(task.partition, records)
    finally:
        log.close()


def _say(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
