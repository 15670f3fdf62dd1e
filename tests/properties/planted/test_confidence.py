"""Confidence that is inflated, planted, beside confidence that is honest."""

from tests.generators.planted import Bot, Strategy
from tests.properties.planted.reports import Report, named, reported

INFLATED = Bot("inflated", (Strategy(signals_per_day=6, overconfidence=0.12),))
HONEST = Bot("honest", (Strategy(signals_per_day=6),))


def calibration(bot: Bot, source: str) -> Report:
    figures: Report = reported(INFLATED, HONEST)[bot.name]["calibration"][source]
    return figures


def too_confident(bot: Bot, source: str) -> bool:
    found = calibration(bot, source)
    beyond_luck = found["expected_calibration_error"] > found["expected_calibration_error_null_95"]
    above = found["mean_confidence"] > found["accuracy"]
    return bool(beyond_luck and above and found["p_value_by_day"] < 0.05)


def test_inflated_confidence_is_found_and_honest_confidence_is_believed() -> None:
    for source in ("real", "shadow"):
        assert too_confident(INFLATED, source)
        assert not too_confident(HONEST, source)


def test_the_excess_of_the_calibration_error_is_what_was_added() -> None:
    inflated = calibration(INFLATED, "shadow")["expected_calibration_error_excess"]
    honest = calibration(HONEST, "shadow")["expected_calibration_error_excess"]

    assert 0.05 < inflated < 0.15
    assert abs(honest) < 0.03


def test_a_strategy_is_found_among_others() -> None:
    strategies = (Strategy("boaster", signals_per_day=6, overconfidence=0.12), Strategy("modest", 6))
    found = reported(Bot("both", strategies))["both"]["calibration"]["shadow"]["strategies"]

    assert named(found, strategy="boaster")["p_value_by_day"] < 0.05
    assert named(found, strategy="modest")["p_value_by_day"] > 0.05
