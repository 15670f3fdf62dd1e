"""The same source brought into a file and to a broker gives the same facts; brought again, it changes nothing."""

from collections import Counter
from pathlib import Path

import orjson
import pytest

from tests.cli.commands import Untaken
from tests.cli.conftest import untaken
from tests.kafka.client.logs import opened, with_topics
from tests.replay.copying import records_of
from tests.streams.chain.engines import differences
from tests.streams.connectors.databases import MINUTE, database, lock_row, open_trade, stamp, whole_trade
from tests.streams.logs.builders import ROOT
from untaken.replay.archive import copy_to_log
from untaken.replay.entries import is_kept_elsewhere
from untaken.replay.presence import Presence
from untaken.replay.rebuild import rebuild
from untaken.replay.sources import LogSource
from untaken.streams.chain.chain import Chain
from untaken.streams.logs.archive.manifest import Selection
from untaken.streams.logs.base import Log
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.logs.sqlite import SqliteLog
from untaken.streams.store.state import State

__all__ = ["untaken"]

Facts = Counter[tuple[str, str, bool, bytes]]

TABLE = ROOT / "examples" / "table"
HEAD = "signal_id,at,symbol,strategy,direction,price"


class Both:
    """The command line, which says everything to a file and to a broker."""

    def __init__(self, untaken: Untaken, broker: str, prefix: str) -> None:
        self.untaken = untaken
        self.at = (broker, prefix)
        self.urls = ("sqlite:///here.db", with_topics(*self.at))

    def done(self, *arguments: str) -> list[dict[str, int]]:
        """Run a command on each log; return what it counted there."""
        ran = [self.untaken.done(*arguments, "--json", "--log", url) for url in self.urls]
        return [each.json.get("counts", {}) for each in ran]

    def facts(self) -> list[Facts]:
        """Return what lies in the file and on the broker, but for when it arrived there."""
        with opened(*self.at) as kafka:
            return [facts_of(SqliteLog(Path("here.db"))), facts_of(kafka)]

    def engines(self) -> list[Chain]:
        """Return what an engine computes from the file, and from what comes back from the broker."""
        with opened(*self.at) as kafka:
            return [computed(SqliteLog(Path("here.db"))), computed(brought_back(kafka))]


@pytest.fixture
def both(untaken: Untaken, broker: str, prefix: str) -> Both:
    return Both(untaken, broker, prefix)


def facts_of(log: Log) -> Facts:
    records = records_of(LogSource(log))
    own = records.filter(~is_kept_elsewhere(records))
    return Counter(own.select("topic", "type", "backfill", "value").rows())


def brought_back(log: Log) -> MemoryLog:
    """Return one stream of the records that several partitions hold."""
    back = MemoryLog()
    copy_to_log(LogSource(log), back, Selection(), Presence([]))
    return back


def computed(log: Log) -> Chain:
    return rebuild(log, State(None))


def identities(facts: Facts) -> Counter[str]:
    return Counter(orjson.loads(value)["id"] for _, _, _, value in facts.elements())


def test_a_trades_database_gives_the_same_facts_on_a_broker(both: Both) -> None:
    source = str(database(Path("tradesv3.sqlite"), *whole_trade(), [lock_row()]))
    counts = both.done("import", "freqtrade", source, "--run", "2024")
    here, there = both.facts()

    assert here == there
    assert set(identities(there).values()) == {1}
    assert counts[0] == counts[1]
    assert counts[1]["trade.closed"] == 1
    assert differences(*both.engines()) == {}


def test_a_trades_database_imported_again_adds_nothing_to_a_broker(both: Both) -> None:
    source = str(database(Path("tradesv3.sqlite"), *whole_trade(), [lock_row()]))
    both.done("import", "freqtrade", source, "--run", "2024")
    once = both.facts()
    counts = both.done("import", "freqtrade", source, "--run", "2024")

    assert counts == [{}, {}]
    assert both.facts() == once


def test_what_a_trades_database_has_gained_is_taken_up_alone(both: Both) -> None:
    path = database(Path("tradesv3.sqlite"), *whole_trade())
    both.done("import", "freqtrade", str(path), "--run", "2024")
    before = both.facts()[1]
    rows, orders = open_trade()
    database(path, [{**rows[0], "pair": "BBB/USDT"}], [{**orders[0], "ft_pair": "BBB/USDT"}])
    counts = both.done("import", "freqtrade", str(path), "--run", "2024")
    here, there = both.facts()

    assert counts[0] == counts[1] == {"order.filled": 1, "signal.emitted": 1}
    assert here == there
    assert set(identities(there - before).values()) == {1}
    assert len(there) == len(before) + 3


def test_locks_hold_back_signals_that_a_broker_has_from_elsewhere(both: Both) -> None:
    source = database(Path("tradesv3.sqlite"), *whole_trade(), [lock_row(begin=65, end=120)])
    at = stamp(90 * MINUTE).replace(" ", "T") + "Z"
    own = both.untaken.file("own.csv", f"{HEAD}\nown,{at},AAA/USDT,Dip,long,100\n")
    whose = ("--run", "2024", "--mode", "paper", "--bot", "Dip")
    both.done("import", "csv", str(own), "--as", "signals", *whose)
    counts = both.done("import", "freqtrade", str(source), *whose)
    here, there = both.facts()

    assert counts[0] == counts[1]
    assert counts[1]["decision.made"] == 1
    assert here == there


def import_table(both: Both) -> None:
    both.done("import", "candles", str(TABLE / "candles.csv"), "--symbol", "BTC/USDT", "--interval", "15m")
    both.done("import", "csv", str(TABLE / "signals.csv"), "--map", str(TABLE / "mapping.toml"))


def test_a_mapped_table_gives_the_same_facts_on_a_broker(both: Both) -> None:
    import_table(both)
    here, there = both.facts()

    assert here == there
    assert set(identities(there).values()) == {1}
    assert Counter(kind for _, kind, _, _ in there)["decision.made"] == 32
    assert differences(*both.engines()) == {}


def test_a_mapped_table_imported_again_changes_nothing_on_a_broker(both: Both) -> None:
    import_table(both)
    facts, engines = both.facts(), both.engines()
    import_table(both)
    again = both.facts()

    assert [set(each) for each in again] == [set(each) for each in facts]
    assert again[0] == again[1]
    assert [differences(*pair) for pair in zip(engines, both.engines(), strict=True)] == [{}, {}]


def test_rows_of_several_symbols_and_their_aliases_go_to_their_partitions(both: Both) -> None:
    declared = {
        "type": "run.declared",
        "id": "declared",
        "at": "2024-03-04T09:00:00Z",
        "bot": "mine",
        "run": "2024",
        "account_currency": "USDT",
        "symbols": {"BTCUSD": "BTC/USD"},
    }
    run = both.untaken.file("run.jsonl", orjson.dumps(declared))
    both.done("emit", str(run))
    names = ("BTC/USD", "BTCUSD", "ETH/USD", "EUR/USD")
    rows = [f"{name},2024-03-04T10:00:00Z,{name},breakout,long,100" for name in names]
    file = both.untaken.file("own.csv", "\n".join([HEAD, *rows]) + "\n")
    both.done("import", "csv", str(file), "--as", "signals", "--bot", "mine", "--run", "2024")
    here, there = both.facts()

    assert here == there
    with opened(*both.at) as log:
        found = records_of(LogSource(log)).filter(topic="signals").select("stream", "value").rows()
    places = {orjson.loads(value)["signal_id"]: stream for stream, value in found}
    assert places["BTC/USD"] == places["BTCUSD"]
    assert places.keys() == set(names)
