"""The tree of errors; each class says what the system does about it."""

from typing import Literal

RefusalCode = Literal["unreadable", "invalid", "too_large", "late", "future"]


class UntakenError(Exception):
    """Base of every error raised on purpose; its message is written for the user."""


class Refused(UntakenError):
    """The input is not taken: it becomes a dead letter with this code and sentence, and the stream goes on."""

    def __init__(self, code: RefusalCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class Unread(UntakenError):
    """The event is newer than this software: it is counted, left in the log, and read after the upgrade."""

    def __init__(self, type_name: str, version: int) -> None:
        super().__init__(
            f"{type_name!r} version {version} is newer than this software reads: "
            "it is counted as unread; upgrade, then rebuild"
        )
        self.type_name = type_name
        self.version = version


class SchemaUnknown(UntakenError):
    """The caller named an event type that does not exist: a programming error, raised at once."""
