"""Tells at the end of a run who was killed where."""

from collections import Counter

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    kills: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                kills.update(str(value) for name, value in report.user_properties if name == "killed")
    if kills:
        terminalreporter.section(f"{kills.total()} processes killed")
        for place, count in sorted(kills.items()):
            terminalreporter.line(f"{count:6} {place}")
