"""From URLs to logs."""

from pathlib import Path

import pytest

from tests.streams.logs.builders import signal, values_of
from untaken.streams.logs import LogMissing, UnknownLogUrl, open_log
from untaken.streams.logs.opening import file_of


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///data/bot.db", "data/bot.db"),
        ("sqlite:///bot.log", "bot.log"),
        ("sqlite:////srv/bot.db", "/srv/bot.db"),
        ("bot.db", "bot.db"),
        ("/srv/with space/bot?#.db", "/srv/with space/bot?#.db"),
    ],
)
def test_urls_name_files(url: str, path: str) -> None:
    assert file_of(url) == Path(path)


def test_a_tilde_is_the_home_directory() -> None:
    assert file_of("sqlite:///~/bot.db") == Path.home() / "bot.db"
    assert file_of("~/bot.db") == Path.home() / "bot.db"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("kafka://localhost", "'localhost' is no host:port"),
        ("parquet:///", "third slash"),
        ("parquet://archive", "third slash"),
        ("postgres://x", "'postgres' is not known"),
        ("bot.sqlite", "no scheme"),
        ("", "no scheme"),
        ("sqlite://bot.db", "third slash"),
        ("sqlite:///", "third slash"),
    ],
)
def test_other_urls_are_refused_with_those_that_are_read(url: str, why: str) -> None:
    with pytest.raises(UnknownLogUrl, match=why) as refusal:
        open_log(url)

    assert "this version reads sqlite:///" in str(refusal.value)


def test_a_bare_path_and_a_url_open_the_same_log(tmp_path: Path) -> None:
    with_path = open_log(str(tmp_path / "bot.db"))
    with_path.append([signal(1)])
    with_path.close()

    with_url = open_log(f"sqlite:///{tmp_path / 'bot.db'}", read_only=True)
    assert values_of(with_url) == [signal(1).value]
    assert with_url.url == with_path.url
    with_url.close()


def test_a_log_that_must_exist_is_not_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    with pytest.raises(LogMissing, match="no such log"):
        open_log(url, create=False)
    with pytest.raises(LogMissing, match="no such log"):
        open_log(url, read_only=True)

    assert list(tmp_path.iterdir()) == []


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogMissing, match=r"there is no directory .*mising: make it"):
        open_log(f"sqlite:///{tmp_path}/mising/bot.db")
