"""What can be wrong with an archive, each with what to do about it."""

from pathlib import Path

from untaken.streams.logs.errors import LogError


class ArchiveDamaged(LogError):
    """A file of the archive is not the one that was written; nothing of it is used."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(
            f"{path} is torn or was altered ({found}): put it back from another copy of the archive, "
            "or export the log anew to another place"
        )


class ArchiveIncomplete(LogError):
    """A file that the manifest names is missing; the archive is not read as if it had never been."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is missing, though the archive's manifest names it: put it back from another copy of the "
            "archive, or export the log anew to another place"
        )


class ArchiveNotContinued(LogError):
    """What would be added does not continue this copy of a log; the copy is left as it is."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(
            f"{path} {found}: name the log and the selection that it was made with, or another place"
        )


class ArchiveIsACopy(LogError):
    """Nothing but its source may be added to a copy of a log; the event is refused."""

    def __init__(self, path: Path, source: str) -> None:
        super().__init__(
            f"{path} is a copy of {source} and takes no other events: emit into that log and export it again, "
            "or import the copy into a log of its own with `untaken replay import`"
        )
