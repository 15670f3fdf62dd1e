"""From a URL to a worker: patience with a broker that is away, none with a configuration that disagrees."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from untaken.errors import UntakenError
from untaken.streams.engine import agree_on_settings
from untaken.streams.logs.base import Log
from untaken.streams.logs.errors import LogUnreachable
from untaken.streams.logs.kafka.log import KafkaLog

logger = logging.getLogger(__name__)

RETRY_S = 5.0


class NotForWorkers(UntakenError):
    """Only logs on Kafka are shared out among workers."""


def opened(
    open_it: Callable[[], Log], asked_to_stop: threading.Event, *, retry_s: float = RETRY_S
) -> KafkaLog | None:
    """Open a log, trying again for as long as its broker is away; None if asked to stop meanwhile."""
    while not asked_to_stop.is_set():
        try:
            log = open_it()
        except LogUnreachable as error:
            logger.warning("%s; trying again", error)
            asked_to_stop.wait(retry_s)
            continue
        if isinstance(log, KafkaLog):
            return log
        log.close()
        raise NotForWorkers(
            f"{log.url} is no log on Kafka, one engine serves it: untaken run --log {log.url}"
        )
    return None


def agree(log: KafkaLog, configured: Mapping[str, Any]) -> None:
    """Raise SettingsDisagree unless this worker's configuration is what the log was computed with.

    On an empty log the configuration becomes its settings. Looked at twice, for another worker may have written
    its own first ones meanwhile.
    """
    for _ in range(2):
        agree_on_settings(log, configured, by="worker")
