"""What the figures of signal decay say, in the form of a case's expected.json."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from untaken.projections.statistics.histogram import bounds, bucket_of

Figures = Mapping[str, Any]

QUANTILES = {"p50": "median_us", "p90": "p90_us", "p95": "p95_us", "p99": "p99_us"}


def decay_of(groups: Sequence[Figures]) -> dict[str, Any]:
    """Return the figures of every strategy and symbol of groups with their section `signal_decay`."""
    pairs = [(group, pair) for group in groups for pair in group["signal_decay"]["pairs"]]
    times = Counter(named(group, pair) for group, pair in pairs)
    return {
        name if times[name] == 1 else f"{name}/{group['mode']}/{group['currency']}": {
            **pair,
            "to_decision": with_buckets(pair["to_decision"]),
            "to_fill": with_buckets(pair["to_fill"]),
        }
        for group, pair in pairs
        for name in [named(group, pair)]
    }


def named(group: Figures, pair: Figures) -> str:
    return "/".join((group["bot"], group["run"], pair["strategy"], pair["symbol"]))


def with_buckets(durations: Figures) -> dict[str, Any]:
    """Say of each quantile which bucket it lies in: any figure inside it will do."""
    known = {name: durations[figure] for name, figure in QUANTILES.items() if durations[figure] is not None}
    return {**durations, **{name: bucket(float(us)) for name, us in known.items()}}


def bucket(us: float) -> dict[str, int]:
    number = bucket_of(int(us))
    first, beyond = bounds(number)
    return {"bucket": number, "at_least": first, "below": beyond}
