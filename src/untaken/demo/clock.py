"""The time that the bot lives in: that of its candles."""

from __future__ import annotations


class CandleClock:
    """Stands at a moment of history and moves on by half a millisecond whenever it is read.

    So an event, which needs an id and a time, takes a millisecond, and guards are asked one after another.
    """

    STEP_US = 500

    def __init__(self, now_us: int) -> None:
        self.now_us = now_us

    def __call__(self) -> int:
        self.now_us += self.STEP_US
        return self.now_us

    def set(self, now_us: int) -> None:
        self.now_us = now_us
