"""Many scenarios compared at once: the worked numbers, and what an independent way of computing says."""

import itertools
import math

import numpy as np
import pytest

from untaken.projections.statistics.deflation import deflated_sharpe, effective_number, expected_best
from untaken.projections.statistics.overfitting import blocks_for, overfitting
from untaken.projections.statistics.rules import VerdictRules
from untaken.projections.statistics.stepdown import enough_of, step_down
from untaken.projections.statistics.walking import best_of, chosen, folds
from untaken.projections.statistics.weighting import steadiest

RULES = VerdictRules()
ROWS = [(3, 1, 2), (1, 2, 0), (-2, 1, 1), (0, 2, -1), (4, 0, 1), (2, 1, 3), (-3, 2, 0), (-1, 1, 2)]


def all_of(differences: np.ndarray) -> np.ndarray:
    return np.ones(differences.shape[1], np.bool_)


def planted(clusters: int = 250, scenarios: int = 50) -> np.ndarray:
    """Return losses of scenarios that share most of their noise with the base; number 7 loses less."""
    chance = np.random.default_rng(42)
    base = chance.standard_normal(clusters)
    losses = base[:, None] + chance.standard_normal((clusters, scenarios)) * 0.5
    losses[:, 7] -= 0.2
    return base[:, None] - losses


def test_the_one_model_that_is_better_is_found_among_fifty() -> None:
    differences = planted()
    found = step_down(differences, all_of(differences), seed=1, draws=1000)

    assert np.flatnonzero(found.superior(0.05)).tolist() == [7]
    assert found.p_adjusted[7] == pytest.approx(1 / 1001)


def test_adjusted_values_are_those_of_the_textbook() -> None:
    differences = np.round(planted(60, 8) * 1000)
    found = step_down(differences, all_of(differences), seed=3, draws=200)

    assert found.p_adjusted == pytest.approx(by_hand(differences, seed=3, draws=200))


def by_hand(values: np.ndarray, seed: int, draws: int) -> list[float]:
    """Take the best out and compare the rest with the best of the rest, one after the other."""
    clusters, scenarios = values.shape
    places = np.random.default_rng(seed).integers(0, clusters, (draws, clusters))
    t = values.mean(0) / values.std(0, ddof=1) * math.sqrt(clusters)
    drawn = np.array(
        [
            [
                (sample[:, k].mean() - values[:, k].mean()) / sample[:, k].std(ddof=1) * math.sqrt(clusters)
                for k in range(scenarios)
            ]
            for sample in (values[each] for each in places)
        ]
    )
    left, adjusted, before = set(range(scenarios)), {}, 0.0
    for k in sorted(left, key=lambda k: -t[k]):
        reached = sum(row[sorted(left)].max() >= t[k] for row in drawn)
        before = adjusted[k] = max(before, (1 + reached) / (1 + draws))
        left.remove(k)
    return [adjusted[k] for k in range(scenarios)]


def test_the_same_seed_gives_the_same_values_and_copies_share_theirs() -> None:
    differences = planted()
    doubled = np.repeat(differences, 2, axis=1)
    found = step_down(doubled, all_of(doubled), seed=5)

    assert np.array_equal(found.p_adjusted, step_down(doubled, all_of(doubled), seed=5).p_adjusted)
    assert np.array_equal(found.p_adjusted[::2], found.p_adjusted[1::2])
    assert found.p_adjusted[::2] == pytest.approx(
        step_down(differences, all_of(differences), seed=5).p_adjusted, abs=0.02
    )


def test_a_scenario_with_too_little_takes_no_part() -> None:
    differences = planted()
    differences[19:, 3] = 0
    differences[:, 4] = 0
    differences[5, 4] = 100
    found = step_down(differences, enough_of(differences, RULES), seed=1)

    assert np.isnan(found.t[[3, 4]]).all()
    assert np.isnan(found.p_adjusted[[3, 4]]).all()
    assert not found.superior(0.05)[[3, 4]].any()


@pytest.mark.parametrize("clusters", [0, 1])
def test_of_hardly_any_days_nothing_is_said(clusters: int) -> None:
    differences = np.zeros((clusters, 3), np.int64)

    assert np.isnan(step_down(differences, all_of(differences), seed=1).p_adjusted).all()
    assert best_of(differences, RULES) is None


def test_the_deflated_sharpe_ratio_of_the_paper() -> None:
    luck = expected_best(0.5 / 250, 100)

    assert luck == pytest.approx(0.1131720, abs=5e-8)
    assert deflated_sharpe(2.5 / math.sqrt(250), 1250, -3, 10, luck) == pytest.approx(0.9003968, abs=5e-8)


def test_scenarios_that_are_one_count_as_one() -> None:
    chance = np.random.default_rng(1)
    apart, one = chance.standard_normal((500, 4)), chance.standard_normal((500, 1))

    assert effective_number(apart) == pytest.approx(4, abs=0.1)
    assert effective_number(np.hstack([one] * 9)) == pytest.approx(1)
    assert effective_number(np.hstack([apart, one @ np.ones((1, 600))])) == pytest.approx(
        effective_number_of_correlations(np.hstack([apart, one @ np.ones((1, 600))]))
    )


def effective_number_of_correlations(series: np.ndarray) -> float:
    eigenvalues = np.linalg.eigvalsh(np.corrcoef(series, rowvar=False))
    return float(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())


def test_the_probability_of_overfitting_of_the_worked_example() -> None:
    found = overfitting(np.array(ROWS, dtype=float), 4)

    assert found.relative_ranks == (0.75, 0.25, 0.75, 0.75, 0.5, 0.75)
    assert found.probability == pytest.approx(2 / 6)
    assert found.splits == 6


def test_the_probability_of_overfitting_computed_split_by_split() -> None:
    series = np.random.default_rng(2).standard_normal((60, 7)).round(2)
    parts = np.array_split(series, 6)
    shares = []
    for inside in itertools.combinations(range(6), 3):
        own = np.concatenate([parts[p] for p in inside])
        other = np.concatenate([parts[p] for p in range(6) if p not in inside])
        winner = int((own.mean(0) / own.std(0)).argmax())
        ratios = other.mean(0) / other.std(0)
        shares.append((ratios <= ratios[winner]).sum() / 8 <= 0.5)

    assert overfitting(series, 6).probability == pytest.approx(np.mean(shares))


def test_noise_is_overfitted_half_of_the_time_and_an_edge_hardly_ever() -> None:
    noises = [np.random.default_rng([3, run]).standard_normal((240, 40)) for run in range(20)]
    edge = noises[0].copy()
    edge[:, 5] += 0.5

    assert 0.4 < np.mean([overfitting(noise, 8).probability for noise in noises]) < 0.6
    assert overfitting(edge, 12).probability < 0.02
    assert blocks_for(15) is None


def test_folds_follow_each_other_and_what_is_chosen_on_ends_before_the_embargo() -> None:
    found = folds(250, 1, 20)

    assert [fold.since for fold in found[1:]] == [fold.until for fold in found[:-1]]
    assert found[-1].until == 250
    assert all(fold.known == fold.since - 1 for fold in found)
    assert folds(20, 1, 20) == []


def test_a_choice_never_sees_what_it_is_judged_on() -> None:
    differences = np.random.default_rng(4).integers(-1000, 1000, (200, 9))
    picks = list(chosen(differences, 1, RULES))
    spoiled = differences.copy()
    for fold, _ in picks:
        later = spoiled.copy()
        later[fold.known :] = 10**6

        assert best_of(later[: fold.known], RULES) == best_of(differences[: fold.known], RULES)
    assert len(picks) == 5


def test_without_a_gain_the_base_is_kept() -> None:
    losing = -np.abs(np.random.default_rng(5).integers(1, 1000, (100, 4)))

    assert [index for _, index in chosen(losing, 1, RULES)] == [None] * 5


def test_weights_go_to_what_is_steady_and_keep_the_size() -> None:
    chance = np.random.default_rng(6)
    steady, wild, losing = (
        chance.normal(100, 50, 400),
        chance.normal(100, 800, 400),
        chance.normal(-80, 200, 400),
    )
    found = steadiest(np.column_stack([steady, wild, losing]), [1, 1, 1])

    assert found[0] > 1 > max(found[1:])
    assert found[2] < 0.3


def test_weights_stay_where_nothing_gains_or_nothing_is_known() -> None:
    losing = -np.abs(np.random.default_rng(7).normal(100, 10, (50, 3)))

    assert steadiest(losing, [1, 1, 1]) == (1, 1, 1)
    assert steadiest(np.zeros((0, 2)), [0, 0]) == (1, 1)
