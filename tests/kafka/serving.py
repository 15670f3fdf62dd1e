"""Starts a broker in a directory, prints its URL and process, and leaves it running: `python -m tests.kafka.serving`."""

import os
import sys
from pathlib import Path

from untaken.streams.broker import Broker, NoBroker


def main(directory: str) -> None:
    try:
        broker = Broker(Path(directory)).start()
    except NoBroker as missing:
        sys.exit(str(missing))
    sys.stdout.write(f"{broker.url} {broker.pid}\n")
    sys.stdout.flush()
    os._exit(0)  # an orderly end would wait for the broker


if __name__ == "__main__":
    main(sys.argv[1])
