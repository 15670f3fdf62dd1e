"""The same facts in other orders, batches and numbers: none of it may change a result."""

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.generators.chance import Chance
from tests.generators.delivery import Record, again, is_fact
from tests.generators.logs import random_log
from tests.generators.world import SYMBOLS

SEEDS = st.integers(0, 2**32 - 1)


def shuffled(records: Sequence[Record], seed: int) -> list[Record]:
    """Return the records in another order of arrival; each keeps its own `appended_at`."""
    mixed = list(records)
    Chance(seed).shuffle(mixed)
    return mixed


def duplicated(records: Sequence[Record], seed: int, share: float = 0.3) -> list[Record]:
    """Deliver a share of the facts once more, later but still accepted; refused records stay single."""
    chance = Chance(seed)
    copies = [again(record, chance) for record in records if chance.happens(share) and is_fact(record)]
    return shuffled([*records, *copies], seed)


def cut(records: Sequence[Record], seed: int, parts: int) -> list[list[Record]]:
    """Cut the records, in their order, into so many batches at random places; some may be empty."""
    chance = Chance(seed)
    places = sorted(chance.between(0, len(records)) for _ in range(parts - 1))
    bounds = zip([0, *places], [*places, len(records)], strict=True)
    return [list(records[since:until]) for since, until in bounds]


@st.composite
def logs(draw: st.DrawFn, *, signals: int = 12, symbols: int = 3) -> list[Record]:
    """Draw a small log under `world.SETTINGS`; any part of a log is a log, so it shrinks by leaving facts out."""
    drawn = draw(st.lists(st.sampled_from(SYMBOLS), min_size=1, max_size=symbols, unique=True))
    records = random_log(draw(SEEDS), signals=draw(st.integers(0, signals)), days=0.25, symbols=drawn)
    missing = draw(st.sets(st.integers(0, len(records) - 1), max_size=20))
    return [record for place, record in enumerate(records) if place not in missing]


def shuffles(records: Sequence[Record]) -> st.SearchStrategy[list[Record]]:
    """Draw orders of arrival."""
    return SEEDS.map(lambda seed: shuffled(records, seed))


def with_duplicates(records: Sequence[Record]) -> st.SearchStrategy[list[Record]]:
    """Draw deliveries in which facts come more than once."""
    return SEEDS.map(lambda seed: duplicated(records, seed))


def cuts(records: Sequence[Record], parts: int = 6) -> st.SearchStrategy[list[list[Record]]]:
    """Draw ways to cut the records into batches."""
    return st.tuples(SEEDS, st.integers(1, parts)).map(lambda drawn: cut(records, *drawn))
