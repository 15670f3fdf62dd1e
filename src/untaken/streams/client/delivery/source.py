"""The log behind an emitter, opened as soon as it can be."""

import os
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

from untaken.streams.logs.base import Log
from untaken.streams.logs.errors import LogError, LogNewer, NotALog
from untaken.streams.logs.forking import survive_forks
from untaken.streams.logs.kafka.address import SCHEME, Address, address_of
from untaken.streams.logs.kafka.errors import KafkaNotInstalled
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import file_of, open_log

_MEMORY = "memory://"
_FILE_TIMEOUT_S = 2.0
_KAFKA_TIMEOUT_S = 5.0


class LogSource:
    """A log that somebody else has opened, or the URL of one.

    Raises at once what only a person can put right: a URL that is none, a client library that is missing; and
    `open` a file that is no log or too new. Whatever else keeps the log from being opened may pass, so it is
    tried again at every call.
    """

    def __init__(
        self, log: Log | str | Path, timeout_s: float | None = None, kafka: KafkaOptions | None = None
    ) -> None:
        self._given = None if isinstance(log, str | Path) else log
        self._url = str(log) if isinstance(log, str | Path) else log.url
        self._kafka = address_of(self._url, kafka) if self._url.startswith(f"{SCHEME}://") else None
        self._timeout_s = timeout_s or (_KAFKA_TIMEOUT_S if self._kafka else _FILE_TIMEOUT_S)
        self._opened = self._given
        self._opening = Lock()
        self._process = os.getpid()
        self._place = self._placed()
        if self._kafka and self._given is None and find_spec("aiokafka") is None:
            raise KafkaNotInstalled
        survive_forks(self)

    def beside(self, ending: str) -> Path | None:
        """Return where something is kept for the log: beside its file, or named after it in the current directory.

        For a log in memory nothing is kept.
        """
        return self._place and self._place.with_name(self._place.name + ending)

    def open(self) -> None:
        """Open a log that is a file, if it can be opened now; brokers are only asked by who may wait for them."""
        if self._kafka is not None:
            return
        try:
            self()
        except (NotALog, LogNewer):
            raise
        except LogError:
            return

    def __call__(self) -> Log:
        with self._opening:
            if self._opened is None:
                # Topics are made on purpose, by `untaken topics create`: a bot must not decide their number.
                create = self._kafka is None
                self._opened = open_log(
                    self._url, create=create, timeout_s=self._timeout_s, kafka=self._options()
                )
            return self._opened

    def close(self) -> None:
        """Close the log if it was opened here."""
        if self._given is None and self._opened is not None:
            self._opened.close()

    def before_fork(self) -> None:
        """Do nothing: opening a log may take long, and is the parent's business."""

    def after_fork(self) -> None:
        """Never wait in a child for a thread that stayed with the parent."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._opening = Lock()

    def _placed(self) -> Path | None:
        if self._url == _MEMORY:
            return None
        return Path(_name_of(self._kafka)) if self._kafka else file_of(self._url)

    def _options(self) -> KafkaOptions | None:
        return self._kafka and replace(self._kafka.options, request_timeout_s=self._timeout_s)


def _name_of(address: Address) -> str:
    """Return a name for files, such as `untaken.localhost-9092`."""
    host, _, port = address.servers[0].rpartition(":")
    return f"{address.options.prefix}{host.strip('[]').replace(':', '_')}-{port}"
