"""The demo: a small honest bot on real candles, and a planted log whose answer is known."""

from untaken.demo.planted import plant
from untaken.demo.real import DemoRun, run_demo

__all__ = ["DemoRun", "plant", "run_demo"]
