"""A log as it stood at one moment, and the figures of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import RLock

from untaken.errors import UntakenError
from untaken.projections.figures import Figures
from untaken.reading.known import demand_known
from untaken.reading.opening import kept_view, now_if_live, place_of_state, view_of
from untaken.streams.answers import Answers, Asked
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.view import View
from untaken.version import __version__
from untaken.web.reports.document import Beside, document
from untaken.web.reports.saved import saved_figures


class ReaderClosed(UntakenError):
    """The reader is closed; open the log again."""


class Snapshot:
    """A log as it stood when it was opened, for one thread at a time; what is read of it is of that one moment."""

    def __init__(
        self, url: str, hours: float, kafka: KafkaOptions | None = None, scenario: str | None = None
    ) -> None:
        self.url = url
        self.hours = hours
        """Length of the window where nothing is said of it."""
        self.scenario = scenario
        """Name of the kept scenario under which the log is read; none for what happened."""
        self._title: str | None = None
        self._kafka = kafka
        self._lock = RLock()
        self._open: ExitStack | None = None
        self._answers: dict[Asked, Answers] = {}
        self.renew()

    def renew(self) -> None:
        """Let go of the moment and take the present one."""
        with self._lock:
            self.close()
            stack = ExitStack()
            try:
                self._live, self.behind = stack.enter_context(view_of(self.url, self._kafka))
                self._view = self._live
                if self.scenario is not None:
                    self._view, self._title = stack.enter_context(kept_view(self.url, self.scenario))
            except BaseException:
                stack.close()
                raise
            self._open = stack
            self.now = now_if_live(self._live.watermark)

    def report(self, asked: Asked) -> Figures:
        """Return the report of a window, with the scenarios that are kept beside the log."""
        with self.view() as view:
            demand_known(view, asked.filters)
            state = place_of_state(self.url)
            kept = () if state is None else tuple(saved_figures(self._live, state, asked, self.now))
            beside = Beside(saved=kept, scenario=self._title)
            figures = document(
                view, asked, log=self.url, version=__version__, now=self.now, lag=self.behind, beside=beside
            )
            published = self._live.freshness_figures(time.time_ns() // 1000)
        return {**figures, "freshness": published} if published else figures

    @contextmanager
    def view(self) -> Iterator[View]:
        """Give the view to one thread; raises ReaderClosed."""
        with self._lock:
            if self._open is None:
                raise ReaderClosed(f"{self.url}: the reader is closed; open the log again with untaken.open")
            yield self._view

    def answers(self, asked: Asked) -> Answers:
        """Return the answers of a window; they are kept, for several frames are made of one."""
        with self.view() as view:
            if asked not in self._answers:
                demand_known(view, asked.filters)
                self._answers[asked] = Answers(view, asked, self.now)
            return self._answers[asked]

    def close(self) -> None:
        with self._lock:
            opened, self._open = self._open, None
            self._answers.clear()
            if opened is not None:
                opened.close()
