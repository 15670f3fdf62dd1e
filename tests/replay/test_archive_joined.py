"""An archive of many small files, copied into one of few: the same records, and the log goes on into either."""

from pathlib import Path

from tests.properties.changes import with_settings
from tests.properties.logs import short_log_of_seed
from tests.replay.copying import Place, copied, digest_of, kept_of, log_with, place
from tests.streams.chain.engines import entries_of
from untaken.replay.sources import LogSource
from untaken.streams.logs.archive.folder import ArchiveFolder
from untaken.streams.logs.archive.manifest import Manifest

ENTRIES = entries_of(with_settings(short_log_of_seed(1)))[:120]
EVERY = 10


def manifest(archive: Place) -> Manifest:
    found = ArchiveFolder(archive.path).manifest()
    assert found is not None
    return found


def test_a_copy_of_an_archive_has_few_files_and_goes_on_with_the_log(tmp_path: Path) -> None:
    log, small, joined = log_with([]), place("parquet", tmp_path, "small"), place("parquet", tmp_path, "one")
    for start in range(0, 100, EVERY):
        log.append(ENTRIES[start : start + EVERY])
        copied(LogSource(log), small)
    copied(small.source(), joined)
    assert len(manifest(small).segments) == 100 // EVERY
    assert len(manifest(joined).segments) == 1
    assert digest_of(joined.source()) == digest_of(small.source())

    log.append(ENTRIES[100:])
    found = copied(LogSource(log), joined)
    assert (found.added, found.there) == (len(ENTRIES) - 100, 100)
    assert kept_of(joined.source()) == kept_of(LogSource(log))
