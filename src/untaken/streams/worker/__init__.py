"""The worker: Faust says which partitions are ours, an engine for each of them does the rest."""
