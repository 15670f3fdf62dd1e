"""Log health: what came in, what was refused, what could not be resolved."""

from dataclasses import dataclass

from untaken.web.reports.numbers import count, counted
from untaken.web.reports.words import Document, clean, instant


@dataclass(frozen=True)
class Item:
    label: str
    figure: str
    wrong: bool
    """Worth a look if it is not zero."""


def items_of(health: Document) -> list[Item]:
    """List the counts of a log, those of events first."""
    unresolved = health.get("unresolved") or {}
    letters = health.get("dead_letters") or {}
    return [
        _item("events", sum((health.get("events") or {}).values())),
        _item("behind", health.get("lag") or 0),
        _item("repeats", health.get("repeats") or 0),
        _item("duplicates", health.get("duplicates") or 0),
        _item("pending", unresolved.get("pending") or 0),
        _item("without prices", unresolved.get("no_data") or 0, wrong=True),
        _item("late", health.get("late") or 0, wrong=True),
        _item("future", health.get("future") or 0, wrong=True),
        *(_item(f"refused: {_words(code)}", letters[code], wrong=True) for code in sorted(_others(letters))),
        _item("unread (newer version)", health.get("unread") or 0, wrong=True),
        _item("crossed quotes", sum((health.get("crossed_quotes") or {}).values()), wrong=True),
        _item("anomalies", len(health.get("anomalies") or ()), wrong=True),
    ]


def topics(health: Document) -> str:
    """Write the events by topic, `12,000 market, 340 signals`."""
    events = health.get("events") or {}
    return ", ".join(
        f"{count(events[topic])} {clean(topic)}" for topic in sorted(events, key=lambda t: -events[t])
    )


def without_prices(health: Document) -> list[str]:
    return [
        f"{clean(missing['symbol'])}: {counted(missing.get('signals') or 0, 'signal')}"
        + (
            f", similar: {', '.join(map(clean, missing['most_similar']))}"
            if missing.get("most_similar")
            else ""
        )
        for missing in health.get("symbols_without_prices") or ()
    ]


def anomalies(health: Document) -> list[str]:
    """Write each anomaly, `pnl sign reversed: trade 17 of demo / default, EUR/USD`."""
    return [_anomaly(anomaly) for anomaly in health.get("anomalies") or ()]


def _anomaly(anomaly: Document) -> str:
    where = f"trade {clean(anomaly['trade_id'])} of {clean(anomaly['bot'])} / {clean(anomaly['run'])}"
    more = [
        instant(anomaly["at"]) if anomaly.get("at") else "",
        *(anomaly.get(name) for name in ("symbol", "text")),
    ]
    return ", ".join([f"{_words(anomaly['kind'])}: {where}", *(clean(part) for part in more if part)])


def _others(letters: Document) -> set[str]:
    return set(letters) - {"late", "future"}


def _item(label: str, figure: int, *, wrong: bool = False) -> Item:
    return Item(label, count(figure), wrong and figure > 0)


def _words(code: object) -> str:
    return clean(code).replace("_", " ")
