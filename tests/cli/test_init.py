"""A configuration to start from."""

import re
from pathlib import Path

from tests.cli.commands import Untaken, complaint
from untaken.config import Config, load

FILE = "untaken.toml"


def test_it_is_a_configuration_that_names_the_log(untaken: Untaken) -> None:
    ran = untaken.done("init", "--log", "sqlite:///mine.db")

    assert ran.out.startswith("untaken.toml written, for the log sqlite:///mine.db\n")
    assert load(untaken.folder / FILE, {}).config == Config(log="sqlite:///mine.db")


def test_every_value_behind_a_comment_is_its_default(untaken: Untaken) -> None:
    untaken.done("init")
    text = (untaken.folder / FILE).read_text("utf-8")
    without, shown = re.subn(r"^# (\w+ = (?!\.\.\.))", r"\1", text, flags=re.MULTILINE)

    assert shown > 10
    assert load(_written(untaken.folder / "all.toml", without), {}).config == Config()
    names = {*re.findall(r"^(?:# )?([a-z_]+) = ", text, re.MULTILINE)}
    parts = Config().model_dump(exclude={"settings", "log"}).values()
    assert names == {"log", *(name for part in parts for name in part)}


def test_a_file_that_is_there_stays_as_it_is(untaken: Untaken) -> None:
    _written(untaken.folder / FILE, "log = 'sqlite:///old.db'\n")

    assert complaint(untaken("init")) == (
        "untaken.toml is there already: name another file, or move it away first"
    )
    assert (untaken.folder / FILE).read_text("utf-8") == "log = 'sqlite:///old.db'\n"


def test_an_impossible_log_is_refused_before_anything_is_written(untaken: Untaken) -> None:
    assert "postgres" in complaint(untaken("init", "--log", "postgres://host/db"))
    assert not (untaken.folder / FILE).exists()


def _written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file
