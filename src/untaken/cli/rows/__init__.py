"""untaken ledger and untaken trades: rows as they are, queries over them, and files of either."""
