"""A copy in small parts, to be killed between them: `python -m tests.replay.copier SOURCE ENGINE TARGET`."""

import sys
from pathlib import Path

from tests.replay.copying import Place, copied
from untaken.replay import archive, sources


def copy(source: str, engine: str, target: str) -> int:
    """Copy one log; into another log by the command line, which also asks whether their settings agree."""
    sources.READ_RECORDS = 20
    setattr(sources, "SEGMENT_RECORDS", 40)  # noqa: B010 - it is imported there, and bound at run time
    archive.APPEND_RECORDS = 15
    if engine == "sqlite":
        from untaken.cli import main  # noqa: PLC0415 - slow to load

        urls = [f"sqlite:///{path}" for path in (source, target)]
        return main(["replay", "import", "--from", urls[0], "--log", urls[1]])
    found = copied(Place("sqlite", Path(source)).source(), Place(engine, Path(target)))
    sys.stdout.write(f"{found.added} events added\n")
    return 0


if __name__ == "__main__":
    sys.exit(copy(*sys.argv[1:]))
