"""Ranks: where each strategy stands, and which other ranks the evidence leaves open."""

from dataclasses import dataclass

from untaken.web.reports.words import Document


@dataclass(frozen=True)
class RankSpan:
    """Places in percent of the ranks there are; the first is left."""

    low: float
    high: float
    at: float
    label: str


def rank_span(side: Document, among: int) -> RankSpan | None:
    """Lay out a rank among so many; None without one."""
    rank, open_ranks = side.get("rank"), side.get("ranks_not_excluded")
    if rank is None or not open_ranks or among < 1:
        return None
    best, worst = open_ranks
    return RankSpan(_place(best, among), _place(worst, among), _place(rank, among), rank_words(side))


def rank_words(side: Document) -> str:
    """Write `2 (1 to 3)`: the rank, and those that are not excluded; a rank that is sure stands alone."""
    rank, open_ranks = side.get("rank"), side.get("ranks_not_excluded")
    if rank is None:
        return "–"
    if not open_ranks or open_ranks[0] == open_ranks[1]:
        return str(rank)
    return f"{rank} ({open_ranks[0]} to {open_ranks[1]})"


def _place(rank: int, among: int) -> float:
    return round(100 * (rank - 0.5) / among, 3)
