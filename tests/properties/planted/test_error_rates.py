"""In logs in which nothing is planted the report is wrong no more often than it states (STATISTICS 7)."""

import pytest

from tests.generators.planted import Bot, Guard, Strategy
from tests.properties.planted import error_rates, simulated, statements
from tests.properties.planted.error_rates import STUDIES
from tests.properties.planted.populations import Population, in_reports, most


@pytest.mark.parametrize("study", simulated.STUDIES)
def test_the_rules_by_themselves_are_wrong_no_more_often_than_they_state(study: str) -> None:
    assert simulated.broken(study, simulated.rates_of(study, 100)) == set()


@pytest.mark.parametrize("study", [name for name, study in STUDIES.items() if study.few])
def test_the_report_is_wrong_no_more_often_than_it_states(study: str) -> None:
    assert STUDIES[study].broken(STUDIES[study].population.rates(STUDIES[study].few)) == set()


@pytest.mark.torture
@pytest.mark.parametrize("study", simulated.STUDIES)
def test_the_rules_by_themselves_keep_their_rates_in_full_size(study: str) -> None:
    assert simulated.broken(study, simulated.rates_of(study, 2_000)) == set()


@pytest.mark.torture
@pytest.mark.parametrize("study", STUDIES)
def test_the_report_keeps_its_rates_in_full_size(study: str) -> None:
    assert STUDIES[study].broken(STUDIES[study].population.rates(STUDIES[study].many)) == set()


def test_days_in_common_are_why_confidence_is_judged_by_day() -> None:
    """Signals that win and lose together make z too large; sums of days scatter as they do."""
    rates = simulated.rates_of("honest high confidence, days in common", 400)

    assert rates.share(statements.P_OF_Z) > 2 * statements.STATED
    assert rates.share(statements.P_BY_DAY) < 1.5 * statements.STATED


def test_effects_that_are_planted_would_be_counted_as_errors() -> None:
    looks = statements.Looks(error_rates.DAYS)
    count = in_reports(looks.guards, looks.reasons, looks.ranks, statements.suggestions)
    rates = Population(everything, count, error_rates.DAYS).rates(5)

    assert rates.beyond(statements.STATED) == {*rates.made} == EFFECTS


EFFECTS = {
    statements.JUDGED,
    statements.GUARD_INTERVAL,
    statements.CLEARLY,
    statements.RANK,
    statements.MOVED,
}


def everything(name: str) -> Bot:
    guards = (Guard("one", "max_positions", 0.25, -0.5), Guard("two", "confidence_threshold", 0.25, 0.5))
    return Bot(name, (Strategy("a", 8, edge_r=0.3), Strategy("b", 8, edge_r=-0.3)), guards)


def test_the_bound_of_a_rate_grows_with_the_number_of_trials() -> None:
    """Of 20 trials at 5 % four are wrong at most in 99 of 100 cases, of 1,000 sixty-seven."""
    assert [most(0.05, trials) for trials in (1, 20, 1_000)] == [1, 4, 67]
