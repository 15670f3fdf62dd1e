"""The report on a terminal."""

from untaken.web.reports.terminal.report import render

__all__ = ["render"]
