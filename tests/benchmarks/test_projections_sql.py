"""The SQL that projections are measured beside computes the very same tables, so that it may be measured beside them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.rebuild_tables import same, sources, sql_of, with_duckdb, with_polars
from untaken.projections.catalogue import PROJECTIONS
from untaken.projections.definition import Projection


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    return sources(tmp_path_factory.mktemp("rows"), events=30_000, count=3_000)


@pytest.mark.xdist_group("projections-sql")  # the rows are shared
@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_duckdb_gives_the_same_table(files: Mapping[str, Path], projection: Projection) -> None:
    ours = with_polars(files, projection)

    assert not ours.is_empty()
    assert same(ours, with_duckdb(files, sql_of(projection)), projection)
