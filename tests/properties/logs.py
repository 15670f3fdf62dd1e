"""The random logs that the properties are tried on: few in CI, many as torture."""

from functools import cache

import pytest

from tests.generators.delivery import Record
from tests.generators.logs import random_log

SEEDS = (1, 2, 3)
TORTURE = range(4, 64)

each_seed = pytest.mark.parametrize(
    "seed", [*SEEDS, *(pytest.param(seed, marks=pytest.mark.torture) for seed in TORTURE)]
)
first_seed = pytest.mark.parametrize(
    "seed", [SEEDS[0], *(pytest.param(seed, marks=pytest.mark.torture) for seed in TORTURE[:20])]
)


@cache
def log_of_seed(seed: int) -> tuple[Record, ...]:
    """Return a day of all symbols and bots; a larger one for seeds that are only tried as torture."""
    return tuple(random_log(seed, signals=60 if seed in SEEDS else 150, days=1))


@cache
def short_log_of_seed(seed: int) -> tuple[Record, ...]:
    """Return some hours, for properties that are tried in many ways."""
    return tuple(random_log(seed, signals=40, days=0.4))
