"""The overview: the figures that a run comes down to, each with its sample and the way to its section."""

from collections.abc import Iterator
from dataclasses import dataclass

from untaken.web.reports.numbers import Money, count, counted, delay, duration, percent, ratio
from untaken.web.reports.words import Document, clean


@dataclass(frozen=True)
class Tile:
    label: str
    figure: str
    note: str
    anchor: str
    """Section that tells more, without the group's own prefix."""


def tiles_of(group: Document, money: Money) -> list[Tile]:
    """Give the tiles of what is known."""
    return list(_tiles(group, money))


def _tiles(group: Document, money: Money) -> Iterator[Tile]:
    shadow = group["shadow_performance"]
    yield from _books(shadow, money)
    missed = group.get("missed_opportunity")
    if missed and missed["missed"]:
        yield Tile(
            "missed by not trading",
            money.signed(missed["net_opportunity_cost"]),
            f"{counted(missed['missed'], 'signal')}, {percent(missed['hypothetical_win_rate'])} would have won",
            "missed",
        )
    yield from _decay(group)
    yield from _calibration(group)
    top = (group.get("strategy_leaderboard") or {}).get("top_strategy")
    if top is not None and len(group["strategy_leaderboard"]["strategies"]) > 1:
        yield Tile("best strategy", clean(top), "on every signal, in shadow", "strategies")


def _books(shadow: Document, money: Money) -> Iterator[Tile]:
    real, turn = shadow["real"], shadow["in_turn"]
    if real.get("trades_closed"):
        note = f"{counted(real['trades_closed'], 'trade')}, profit factor {ratio(real.get('profit_factor'))}"
        yield Tile("really traded", money.signed(real["pnl"]), note, "equity")
    if turn.get("resolved"):
        note = f"{counted(turn['resolved'], 'signal')}, profit factor {ratio(turn.get('profit_factor'))}"
        yield Tile("every signal, in shadow", money.signed(turn["pnl"]), note, "equity")


def _decay(group: Document) -> Iterator[Tile]:
    overall = (group.get("signal_decay") or {}).get("overall")
    if not overall:
        return
    fill = overall["to_fill"]
    filled = f"half of the fills within {duration(fill['median_us'])}" if fill["n"] else "no fill was seen"
    if overall["half_life_s"] is not None:
        yield Tile("half-life of the edge", delay(overall["half_life_s"]), filled, "decay")
    elif fill["n"]:
        yield Tile(
            "signal to fill", duration(fill["median_us"]), f"95 % within {duration(fill['p95_us'])}", "decay"
        )


def _calibration(group: Document) -> Iterator[Tile]:
    source = (group.get("calibration") or {}).get("shadow")
    if source and source["n"]:
        note = f"their confidence said {percent(source['mean_confidence'])}; {count(source['n'])} signals"
        yield Tile("of all signals would win", percent(source["accuracy"]), note, "calibration")
