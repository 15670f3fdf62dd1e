"""Figures of calibration: whether the confidence that signals state is the frequency with which they win."""

from __future__ import annotations

import polars as pl

from untaken.projections.definition import DAY
from untaken.projections.figures import Figures
from untaken.projections.performance.dimensions import CONFIDENCE_STEP_E4
from untaken.projections.statistics.calibration import (
    E4,
    Bin,
    Calibration,
    calibrate,
    p_value_by_day,
    win_rate_interval,
)

SUMS = ("n", "wins", "confidence_e4", "won_confidence_e4", "confidence2_e8", "surprise_e8")


def calibration_section(real: pl.DataFrame, shadow: pl.DataFrame, block_days: int = 1) -> Figures:
    """Figures of one bot, run, mode and currency from CALIBRATION and SHADOW_CALIBRATION over a window.

    `p_value` is that of z, as if signals were independent; `p_value_by_day` takes the days, or blocks of days, for
    what is independent, and holds where signals of a day win and lose together.
    """
    block = (pl.col(DAY) - pl.col(DAY) % block_days).alias(DAY)
    return {"real": _source(real.with_columns(block)), "shadow": _source(shadow.with_columns(block))}


def _source(table: pl.DataFrame) -> Figures:
    return {
        **_figures(table),
        "strategies": _by(table, "strategy"),
        "model_versions": _by(table, "model_version"),
    }


def _by(table: pl.DataFrame, key: str) -> list[Figures]:
    named = table.filter(pl.col(key).is_not_null())
    parts = named.sort(key, maintain_order=True).partition_by(key, as_dict=True, maintain_order=True)
    return [{key: value, **_figures(part)} for (value,), part in parts.items()]


def _figures(table: pl.DataFrame) -> Figures:
    added = table.group_by("bucket").agg(pl.col(*SUMS).sum()).sort("bucket")
    bins = {int(bucket): Bin(*(int(each) for each in sums)) for bucket, *sums in added.iter_rows()}
    found = calibrate(list(bins.values()))
    reliability = [_bin(bucket, each) for bucket, each in bins.items()]
    by_day = {"p_value_by_day": p_value_by_day(_surprises(table)) if found else None}
    return {**(_calibrated(found) if found else _NOTHING), **by_day, "table": reliability}


def _surprises(table: pl.DataFrame) -> list[int]:
    """Return the sum (y - p)(1 - 2p) of every day, in 1e-8."""
    won = E4 * (E4 * pl.col("wins") - pl.col("confidence_e4") - 2 * pl.col("won_confidence_e4"))
    days = table.group_by(DAY).agg((won + 2 * pl.col("confidence2_e8")).sum().alias("surprise")).sort(DAY)
    return [int(each) for each in days["surprise"]]


def _calibrated(found: Calibration) -> Figures:
    stated = found.mean_confidence
    return {
        "n": found.n,
        "accuracy": found.accuracy,
        "mean_confidence": stated,
        "accuracy_to_confidence": found.accuracy / stated if stated else None,
        "brier": found.brier,
        "reliability": found.reliability,
        "resolution": found.resolution,
        "uncertainty": found.uncertainty,
        "expected_calibration_error": found.error,
        "expected_calibration_error_null_mean": found.null_mean,
        "expected_calibration_error_null_95": found.null_95,
        "expected_calibration_error_excess": found.error - found.null_mean,
        "z": found.z,
        "p_value": found.p_value,
    }


_NOTHING: Figures = {
    "n": 0,
    **dict.fromkeys(
        (
            "accuracy",
            "mean_confidence",
            "accuracy_to_confidence",
            "brier",
            "reliability",
            "resolution",
            "uncertainty",
            "expected_calibration_error",
            "expected_calibration_error_null_mean",
            "expected_calibration_error_null_95",
            "expected_calibration_error_excess",
            "z",
            "p_value",
        )
    ),
}


def _bin(bucket: int, each: Bin) -> Figures:
    low, high = win_rate_interval(each.wins, each.n)
    return {
        "from": bucket * CONFIDENCE_STEP_E4 / E4,
        "to": (bucket + 1) * CONFIDENCE_STEP_E4 / E4,
        "n": each.n,
        "wins": each.wins,
        "mean_confidence": each.mean_confidence,
        "win_rate": each.win_rate,
        "win_rate_interval": [low, high],
    }
