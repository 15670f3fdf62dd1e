"""The command line."""

from untaken.cli.main import app, main

__all__ = ["app", "main"]
