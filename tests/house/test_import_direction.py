"""Imports go up the list of rooms only, and nothing inside imports the package root."""

import pytest

from tests.house.sources import PACKAGE, Module, imports, module, modules

ROOMS = (
    ("version", "errors"),
    ("schemas",),
    ("projections",),
    ("learning",),
    ("config",),
    ("streams",),
    ("replay",),
    ("web",),
    ("reading",),
    ("demo",),
    ("cli", "__main__"),
)
FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}


def wrong_imports(of: Module) -> list[str]:
    return [
        f"{of.name}, line {line}: imports {name}"
        for name, line in imports(of)
        if name.split(".")[0] == "untaken" and not _allowed(of.room, name)
    ]


def _allowed(room: str, name: str) -> bool:
    target = (name + "..").split(".")[1]
    if not room:
        return target in FLOOR
    return target in FLOOR and FLOOR[target] <= FLOOR[room]


def test_every_room_has_a_place_in_the_order() -> None:
    found = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }

    assert found - {"__init__"} <= set(FLOOR)


@pytest.mark.parametrize("source", modules(), ids=lambda source: source.name)
def test_imports_only_from_its_own_room_or_below(source: Module) -> None:
    assert wrong_imports(source) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("untaken.schemas.base", "from untaken.projections.ledger import Ledger"),
        ("untaken.projections.guards", "import untaken.streams.engine"),
        ("untaken.streams.engine", "def late():\n    from untaken.replay import verify"),
        ("untaken.web.app", "import untaken"),
        ("untaken.web.app", "from untaken import Emitter"),
        ("untaken.streams.client.emitter", "from untaken.utils import now"),
    ],
)
def test_a_wrong_import_is_found(name: str, text: str) -> None:
    assert len(wrong_imports(module(name, text))) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("untaken.streams.engine", "from untaken.projections.ledger import Ledger"),
        ("untaken.streams.engine", "from untaken import streams"),
        ("untaken", "from untaken.streams.client import Emitter"),
        ("untaken.cli.main", "from untaken.web.reports import html"),
    ],
)
def test_a_right_import_is_left_alone(name: str, text: str) -> None:
    assert wrong_imports(module(name, text)) == []
