"""A bot that only writes to Kafka loads none of what reads."""

import subprocess
import sys

PROGRAM = """
import sys
from untaken.streams.logs import Entry, open_log
from untaken.streams.logs.kafka.options import KafkaOptions
log = open_log(sys.argv[1], kafka=KafkaOptions(prefix=sys.argv[2], partitions=2))
print(log.append([Entry("signal.emitted", b"{}", "BTC/USDT")]))
log.close()
print(sorted({"polars", "numpy", "numba", "faust", "typer"} & set(sys.modules)))
"""


def test_writing_needs_neither_polars_nor_faust(broker: str, prefix: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, broker, prefix], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[0]\n[]\n"
    assert done.stderr == ""
