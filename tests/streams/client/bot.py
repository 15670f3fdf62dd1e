"""A bot in a process of its own: `python -m tests.streams.client.bot PATH COUNT`.

Reports events and prints the id of each as soon as its receipt says delivered or spooled.
"""

import sys
from collections import deque

from untaken.streams.client import Buffering, Emitter, Receipt


def main(path: str, count: int) -> None:
    bot = Emitter(path, "demo", buffering=Buffering(max_delay_s=0.0, max_batch=50, log_timeout_s=0.01))
    waiting: deque[Receipt] = deque()
    for number in range(count):
        waiting.append(bot.signal("BTC/USDT", "breakout", "long", 100.0, signal_id=str(number)))
        tell(waiting)
    bot.flush()
    tell(waiting)
    bot.close()


def tell(waiting: deque[Receipt]) -> None:
    while waiting and waiting[0].state in {"delivered", "spooled"}:
        receipt = waiting.popleft()
        sys.stdout.write(f"{receipt.id} {receipt.state}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
