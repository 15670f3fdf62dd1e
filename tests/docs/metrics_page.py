"""The page of all metrics, read off what worker and client expose."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from untaken.streams.client.metrics import Metrics
from untaken.streams.worker.metrics import Condition, Figures
from untaken.streams.worker.standing import Standing

_HEAD = """\
# Metrics

<!-- Made by `python -m tests.docs.generating` from what the program exposes; do not edit. -->

What Prometheus reads, with the names that it sees. [Operate on Kafka](../how-to/operate-on-kafka.md) says of each metric of
a worker what to do when it moves.

## A worker

On `/metrics` of `worker.metrics_port`; beside it `/health` (200 while every partition goes on) and `/ready` (200 once the
share of partitions is known and open).

"""
_CLIENT = """
## A bot

`emitter.metrics.exposition(bot="my-bot")` returns these as text, for a bot that serves metrics of its own. Labels are
what the bot names.

"""


def metrics_page() -> str:
    """Return the page: name, type, labels and meaning of every metric."""
    return "".join([_HEAD, _table(worker_metrics()), _CLIENT, _table(client_metrics())])


def worker_metrics() -> list[Metric]:
    """Return what a worker of one partition exposes."""
    standing = Standing(partition=0, watermark_us=0, position={"market[0]": 0}, end={"market[0]": 0})
    registry = CollectorRegistry()
    registry.register(Figures(lambda: Condition([standing], rebalances=0, ticks=0, joined=True)))
    return list(text_string_to_metric_families(generate_latest(registry).decode()))


def client_metrics() -> list[Metric]:
    """Return what an emitter exposes."""
    told = Metrics(0, 0, 0, 0, 0, 0, "", 0.0).exposition(bot="my-bot")
    return list(text_string_to_metric_families(told))


def _table(metrics: list[Metric]) -> str:
    rows = [_row(metric) for metric in metrics]
    return "".join(["| metric | type | labels | |\n| --- | --- | --- | --- |\n", *rows])


def _row(metric: Metric) -> str:
    (sample,) = metric.samples
    labels = ", ".join(f"`{label}`" for label in sample.labels)
    return f"| `{sample.name}` | {metric.type} | {labels} | {metric.documentation.removesuffix('.')} |\n"
