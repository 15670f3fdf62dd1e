"""The log behind an emitter, opened as soon as it can be."""

from pathlib import Path

from untaken.streams.logs.base import Clock, Log
from untaken.streams.logs.errors import LogError, LogNewer, NotALog
from untaken.streams.logs.opening import file_of, open_log

_MEMORY = "memory://"


class LogSource:
    """A log that somebody else has opened, or the URL of one.

    Raises at once what only a person can put right: a URL that is none, a file that is no log or too new.
    Whatever else keeps the log from being opened may pass, so it is tried again at every call.
    """

    def __init__(self, log: Log | str | Path, timeout_s: float, clock: Clock) -> None:
        self._timeout_s = timeout_s
        self._clock = clock
        self._given = None if isinstance(log, str | Path) else log
        self._url = str(log) if isinstance(log, str | Path) else log.url
        self._opened = self._given or self._at_once()

    @property
    def file(self) -> Path | None:
        """The file of an embedded log; a log in memory has none."""
        return None if self._url == _MEMORY else file_of(self._url)

    def __call__(self) -> Log:
        if self._opened is None:
            self._opened = open_log(self._url, timeout_s=self._timeout_s, clock=self._clock)
        return self._opened

    def close(self) -> None:
        """Close the log if it was opened here."""
        if self._given is None and self._opened is not None:
            self._opened.close()

    def _at_once(self) -> Log | None:
        if self._url != _MEMORY:
            file_of(self._url)
        try:
            return open_log(self._url, timeout_s=self._timeout_s, clock=self._clock)
        except (NotALog, LogNewer):
            raise
        except LogError:
            return None
