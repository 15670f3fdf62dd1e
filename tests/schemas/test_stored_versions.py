"""Every version that was ever stored is read as it was meant.

`golden_versions` holds one file for each type and version, which is never changed once released: a line is an
event as it was `stored`, and as it is `read`, in the canonical form of the newest version.
"""

from pathlib import Path

import orjson
import pytest

from untaken.schemas.codec import decode, encode
from untaken.schemas.registry import EVENTS

STORED = Path(__file__).parent / "golden_versions"


@pytest.mark.parametrize("file", sorted(STORED.iterdir()), ids=lambda path: path.name)
def test_stored_events_are_read_as_they_were_meant(file: Path) -> None:
    for line in file.read_bytes().splitlines():
        case = orjson.loads(line)
        event = decode(orjson.dumps(case["stored"]), edge=False)

        assert orjson.loads(encode(event)) == case["read"]
        assert encode(event) == orjson.dumps(case["read"])


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_version_of_every_type_has_stored_events(name: str) -> None:
    versions = {f"{name}.v{version}.jsonl" for version in range(1, EVENTS[name].VERSION + 1)}

    assert versions <= {path.name for path in STORED.iterdir()}


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_the_stored_events_of_the_newest_version_use_every_field(name: str) -> None:
    lines = (STORED / f"{name}.v{EVENTS[name].VERSION}.jsonl").read_bytes().splitlines()

    used = {field for line in lines for field in orjson.loads(line)["stored"]}

    assert used == set(EVENTS[name].model_fields)
