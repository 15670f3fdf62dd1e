"""Names that look alike."""

from collections.abc import Iterable


def most_similar(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate of least edit distance, the least name among equals."""
    return min(candidates, key=lambda candidate: (distance(name, candidate), candidate), default=None)


def distance(left: str, right: str) -> int:
    """Return the optimal string alignment distance: a swap of neighbours is one edit."""
    rows = [list(range(len(right) + 1))]
    for i, letter in enumerate(left, 1):
        row = [i]
        for j, other in enumerate(right, 1):
            cost = min(row[j - 1] + 1, rows[i - 1][j] + 1, rows[i - 1][j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                cost = min(cost, rows[i - 2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
