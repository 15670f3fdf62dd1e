"""What we know: ledger, trades and every figure computed from them, as pure functions."""
