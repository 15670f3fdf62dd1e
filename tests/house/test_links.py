"""The four rooms of the architecture are seen from the front door."""

import pytest

from tests.house.sources import PACKAGE, ROOT


@pytest.mark.parametrize("room", ["schemas", "projections", "streams", "replay"])
def test_a_link_at_the_root_leads_into_the_package(room: str) -> None:
    assert (ROOT / room).is_symlink()
    assert (ROOT / room).readlink().as_posix() == f"src/untaken/{room}"
    assert (ROOT / room).resolve() == PACKAGE / room
