"""Every table can be parted, merged, corrected and rebuilt without a trace."""

from functools import cache

import polars as pl
import pytest

from tests.generators.chance import Chance
from tests.properties.changes import with_settings
from tests.properties.logs import SEEDS, log_of_seed
from tests.streams.chain.engines import computed, differences, log_of
from untaken.projections.catalogue import PROJECTIONS
from untaken.projections.definition import Projection
from untaken.replay.digest import digest
from untaken.replay.rebuild import rebuild
from untaken.streams.chain.chain import Chain
from untaken.streams.store.state import State

each_projection = pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)


@cache
def chain() -> Chain:
    return computed(with_settings(log_of_seed(SEEDS[0])))


def rows_of(projection: Projection) -> pl.DataFrame:
    return chain().stores.rows.load_all(projection.source)


def parted(rows: pl.DataFrame, parts: int, seed: int) -> list[pl.DataFrame]:
    """Part rows at random, as workers would have them; some parts may be empty."""
    chance = Chance(seed)
    owner = pl.Series([chance.randrange(parts) for _ in range(rows.height)], dtype=pl.Int64)
    return [rows.filter(owner == part) for part in range(parts)]


@each_projection
def test_what_the_engine_kept_is_the_fold_of_its_rows(projection: Projection) -> None:
    kept = chain().stores.tables.load(projection)

    assert kept.height > 0
    assert digest(kept) == digest(projection.fold(rows_of(projection)))


@pytest.mark.parametrize("seed", range(4))
@each_projection
def test_tables_of_parts_merge_into_the_table_of_the_whole(projection: Projection, seed: int) -> None:
    rows = rows_of(projection)
    parts = [projection.fold(part) for part in parted(rows, 1 + seed * 3, seed)]
    Chance(seed).shuffle(parts)

    assert digest(projection.merge(parts)) == digest(projection.fold(rows))


@pytest.mark.parametrize("seed", range(3))
@each_projection
def test_a_corrected_table_is_the_table_of_the_corrected_rows(projection: Projection, seed: int) -> None:
    kept, old, new = parted(rows_of(projection), 3, seed)
    table = projection.fold(pl.concat([kept, old]))

    assert digest(projection.correct(table, old, new)) == digest(projection.fold(pl.concat([kept, new])))


@each_projection
def test_a_table_without_what_it_was_made_of_is_empty(projection: Projection) -> None:
    rows = rows_of(projection)

    assert projection.correct(projection.fold(rows), rows, rows.clear()).is_empty()


@pytest.mark.parametrize("batch_records", [400, 10**6])
def test_a_rebuild_in_any_batches_is_what_the_engine_has(batch_records: int) -> None:
    log = log_of(with_settings(log_of_seed(SEEDS[0])))

    assert differences(chain(), rebuild(log, State(None), batch_records=batch_records)) == {}
