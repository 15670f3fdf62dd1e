"""A bot in a process of its own: `python -m tests.kafka.client.bot URL FOLDER`; it reports until it is killed.

Prints the id of each event as soon as its receipt says delivered or spooled.
"""

import os
import sys
from collections import deque
from itertools import count

from tests.kafka.client.logs import SYMBOLS
from tests.streams.client.bot import tell
from untaken.streams.client import Buffering, Emitter, Receipt


def main(url: str, folder: str) -> None:
    os.chdir(folder)
    bot = Emitter(url, "demo", buffering=Buffering(max_delay_s=0.0, max_batch=50, log_timeout_s=3.0))
    waiting: deque[Receipt] = deque()
    for number in count():
        waiting.append(bot.signal(SYMBOLS[number % 4], "breakout", "long", 100.0, signal_id=str(number)))
        tell(waiting)
        if len(waiting) > 200:
            waiting[0].wait(0.01)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
