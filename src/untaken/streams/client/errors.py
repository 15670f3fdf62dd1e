"""What a bot may do wrong with the client; raised at once in its own thread."""

from untaken.errors import UntakenError


class InvalidEvent(UntakenError, ValueError):
    """The event is not valid; it is a mistake in the bot's code, so it is raised where it was made."""


class EmitterClosed(UntakenError):
    """The emitter was used after its close; nothing was emitted."""

    def __init__(self) -> None:
        super().__init__("this emitter has been closed: make a new one, or close it later")


class GuardMisused(UntakenError, TypeError):
    """A guard answered in a way that could be read as yes or no, or has nowhere to report to."""


class EmitterMisused(UntakenError, ValueError):
    """The emitter was asked for something that it never does; raised where it is made."""
