"""A bot in a process of its own: `python -m tests.reliability.bot LOG EVENTS FIRST`.

Reports the events of a JSON Lines file from line FIRST on and prints the number of each line as soon as its
receipt says that the event is durable: in the log, or in the spool on this machine's disk.
"""

import sys
from collections import deque
from pathlib import Path

from untaken.schemas.codec import decode
from untaken.streams.client import Buffering, Emitter, Receipt


def main(log: str, events: str, first: int) -> None:
    bot = Emitter(log, "bot", backfill=True, buffering=Buffering(max_batch=25, max_delay_s=0.0))
    waiting: deque[tuple[int, Receipt]] = deque()
    for number, line in enumerate(Path(events).read_bytes().splitlines()):
        if number >= first:
            waiting.append((number, bot.emit(decode(line))))
            tell(waiting)
    bot.flush(60)
    tell(waiting)
    bot.close(60)


def tell(waiting: deque[tuple[int, Receipt]]) -> None:
    while waiting and waiting[0][1].state in {"delivered", "spooled"}:
        sys.stdout.write(f"{waiting.popleft()[0]}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
