"""The daily report: one set of files for each day, and the latest beside them under a name that stays."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from untaken.errors import UntakenError
from untaken.web.reports.files.whole import write_whole
from untaken.web.reports.words import Document

_DATED = re.compile(r"report-(\d{4}-\d{2}-\d{2})\.[a-z]+")


class NoDay(UntakenError):
    """The log holds no event, so there is no day to report on; nothing is written."""


def day_of(report: Document) -> date:
    """Return the UTC day that a report is of: the last one its window touches, or that of the newest event.

    Raises NoDay for a log without an event.
    """
    until, watermark = report["window"]["until"], report["watermark"]
    if until is not None:
        return (datetime.fromisoformat(until).astimezone(UTC) - timedelta(microseconds=1)).date()
    if watermark is None:
        raise NoDay(f"{report['log']} holds no event yet, so there is no day to report on")
    return datetime.fromisoformat(watermark).astimezone(UTC).date()


def write_daily(folder: Path, day: date, contents: Mapping[str, str]) -> list[Path]:
    """Write report-YYYY-MM-DD and latest, in every format given by its suffix; return what was written.

    A report of an earlier day than the newest in the folder leaves `latest` as it is.
    """
    newest = all(found <= day for found in _days(folder))
    names = [f"report-{day.isoformat()}", *(["latest"] if newest else [])]
    files = [folder / f"{name}.{suffix}" for name in names for suffix in contents]
    for file in files:
        write_whole(file, contents[file.suffix.removeprefix(".")])
    return files


def _days(folder: Path) -> list[date]:
    names = (_DATED.fullmatch(path.name) for path in folder.glob("report-*")) if folder.is_dir() else ()
    return [date.fromisoformat(found.group(1)) for found in names if found and _is_date(found.group(1))]


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
