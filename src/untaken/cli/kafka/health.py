"""What the worker of this configuration says of itself, over its port for metrics."""

from __future__ import annotations

import http.client
from typing import Any

import orjson

from untaken.config import WorkerConfig

PATIENCE_S = 2.0
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - recognised, not bound


def health_of_worker(worker: WorkerConfig) -> tuple[list[str], list[str]]:
    """Return problems and facts; nothing where the configuration names no port."""
    if worker.metrics_port is None:
        return [], []
    host = "localhost" if worker.metrics_host in EVERYWHERE else worker.metrics_host
    place = f"worker at {host}:{worker.metrics_port}"
    try:
        health = _asked(host, worker.metrics_port)
        failing = [f"{place}: partition {number}: {why}" for number, why in health["failing"].items()]
        served = ", ".join(map(str, health["partitions"])) or "none"
    except (OSError, http.client.HTTPException):
        return [], [f"{place}: none runs, or it does not answer"]
    except (ValueError, KeyError, AttributeError, TypeError):
        return [f"{place}: something else answers there; choose another worker.metrics_port"], []
    return failing, [f"{place}: serves partitions {served}"]


def _asked(host: str, port: int) -> dict[str, Any]:
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/health")
        return dict(orjson.loads(connection.getresponse().read()))
    finally:
        connection.close()
