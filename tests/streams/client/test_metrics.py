"""How the emitter is doing can be read by the bot, and by Prometheus."""

from pathlib import Path

from tests.streams.client.builders import WAIT_S, Moody, emitter, small
from untaken.streams.client import Metrics


def test_numbers_are_shown_to_prometheus_with_the_labels_of_the_bot() -> None:
    numbers = Metrics(
        waiting=1,
        delivered=20,
        spooled=3,
        dropped=0,
        failures=4,
        spool_bytes=512,
        problem="broken",
        behind_s=1.5,
    )

    assert numbers.exposition(bot='my "bot"').splitlines()[:3] == [
        "# HELP untaken_client_delivered_total Events that are durable in the log.",
        "# TYPE untaken_client_delivered_total counter",
        'untaken_client_delivered_total{bot="my \\"bot\\""} 20',
    ]
    values = [line for line in numbers.exposition().splitlines() if not line.startswith("#")]
    assert values == [
        "untaken_client_delivered_total{} 20",
        "untaken_client_spooled_total{} 3",
        "untaken_client_dropped_total{} 0",
        "untaken_client_failures_total{} 4",
        "untaken_client_waiting_events{} 1",
        "untaken_client_spool_bytes{} 512",
        "untaken_client_behind_seconds{} 1.5",
    ]


def test_an_outage_shows_in_the_numbers_and_goes_away_with_it(tmp_path: Path) -> None:
    log = Moody()
    log.down = True
    with emitter(log, spool=tmp_path / "spool", buffering=small()) as bot:
        receipt = bot.clock()
        while not bot.metrics.spool_bytes:
            assert not bot.flush(0.01)
        during = bot.metrics
        log.down = False
        assert receipt.wait(WAIT_S)
        assert bot.flush(WAIT_S)
        after = bot.metrics

    assert (during.delivered, during.spooled) == (0, 1)
    assert during.failures > 0
    assert during.behind_s >= 0.0
    assert "locked" in during.problem
    assert (after.delivered, after.spool_bytes, after.problem, after.behind_s) == (1, 0, "", 0.0)
