"""What can be wrong with a log, each with what to do about it."""

from pathlib import Path

from untaken.errors import UntakenError
from untaken.schemas.sentences import of_derived


class LogError(UntakenError):
    """The log cannot be used; the client spools, everything else stops and says why."""


class LogLocked(LogError):
    """Another process holds the log; the writer has already retried for as long as it was told to."""

    def __init__(self, path: Path, waited_s: float) -> None:
        super().__init__(
            f"{path} is locked by another process, waited {waited_s:g} s: "
            "close the program that holds it open (a database browser, a backup) and try again"
        )


class LogReadOnly(LogError):
    """The log may be read but not written."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(
            f"{path} cannot be written: it was opened for reading, or the file, its directory or its disk "
            "is read-only; give the account that runs this program the right to write there"
        )


class LogFull(LogError):
    """The disk or the quota is full; the append as a whole has been undone."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} cannot grow, the disk or the quota is full: free space, then emit again")


class LogNewer(LogError):
    """The file was written by a later version; nothing of it is touched."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"{path} has log format {found}, this version of untaken reads up to {known}: "
            "upgrade untaken; the log is left as it is"
        )


class LogOlder(LogError):
    """The file is of an earlier format and was opened in a way that does not allow its upgrade."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"{path} has the older log format {found}, this version of untaken uses {known}: "
            "open it once for writing (`untaken doctor` does); it is backed up, then upgraded"
        )


class LogCorrupt(LogError):
    """The file is damaged beyond what SQLite repairs by itself; nothing is read from it."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"{path} is damaged ({what}): restore it from an archive or a backup; "
            f'`sqlite3 "{path}" .recover` may save more of it'
        )


class NotALog(LogError):
    """The file is something else; nothing of it is touched."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(
            f"{path} is not an untaken log, it is {found}: give the path of a log or of a new file"
        )


class DerivedRefused(UntakenError):
    """An event of a derived type was to be appended; nothing of its append is kept."""

    def __init__(self, name: str) -> None:
        super().__init__(of_derived(name))


class LogMissing(LogError):
    """There is no such file, or no directory to make it in."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {what}")


class LogUnavailable(LogError):
    """The operating system failed to read or write the file."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} could not be read or written ({what}): check the disk and its mount")


class LogClosed(LogError):
    """The log object was used after its close."""

    def __init__(self, log: Path | str) -> None:
        super().__init__(f"the log {log} has been closed by this program: open it again")


class LogUnreachable(LogError):
    """No broker answered in time; the client spools and tries again, everything else stops and says so."""

    def __init__(self, log: str, waited_s: float, what: str) -> None:
        super().__init__(
            f"{log} did not answer within {waited_s:g} s ({what}): check that the broker runs and the address; "
            "what was not acknowledged may be sent again"
        )


class LogTruncated(LogError):
    """The log begins after the position asked for; a rebuild would be silently wrong, so it is refused."""

    def __init__(self, topic: str, partition: int, wanted: int, first: int) -> None:
        super().__init__(
            f"{topic}[{partition}] begins at offset {first}, wanted {wanted}: "
            "retention has removed the events between; import them from an archive first"
        )


class UnknownLogUrl(LogError):
    """The URL names no engine that this version has."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(
            f"log URL {url!r}: {why}; this version reads sqlite:///path/to/file.db (four slashes for an "
            "absolute path), a bare path that ends in .db, kafka://host:port[,host:port], parquet:///directory for an archive, and memory://"
        )
