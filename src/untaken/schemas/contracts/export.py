"""Publishing the JSON Schemas, and holding the models against those published.

The one place of this room that touches files: in the directory it is handed, and the schemas shipped with it.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Protocol

from untaken.schemas.contracts.documents import broken, exported
from untaken.schemas.registry import EVENTS
from untaken.schemas.upcasters import UPCASTERS


class File(Protocol):
    """What is needed of a `Path` to a file."""

    def write_text(self, data: str, encoding: str) -> int: ...


class Directory(Protocol):
    """What is needed of a `Path` to a directory."""

    def mkdir(self, *, parents: bool, exist_ok: bool) -> None: ...
    def joinpath(self, name: str, /) -> File: ...


def export(directory: Directory) -> list[str]:
    """Write the JSON Schema of every event type into a directory; return the names of the files."""
    directory.mkdir(parents=True, exist_ok=True)
    texts = exported(EVENTS)
    for name, text in texts.items():
        directory.joinpath(name).write_text(text, encoding="utf-8")
    return list(texts)


def check(directory: Traversable | None = None) -> list[str]:
    """Return one sentence for each published event that could no longer be read; none if all can.

    Without a directory the schemas shipped with this version are held against its models.
    """
    folder = files("untaken.schemas") / "published" if directory is None else directory
    published = {
        file.name: file.read_text(encoding="utf-8")
        for file in folder.iterdir()
        if file.name.endswith(".json")
    }
    return broken(published, EVENTS, UPCASTERS)
