"""The chain: from accepted facts to ledger rows, trades and projection tables.

Every engine, the rebuild and the what-if call this one chain; none has logic of its own beyond moving
batches. Its steps, in order: intake, lifecycle, terms, outcomes, books, trades.
"""
