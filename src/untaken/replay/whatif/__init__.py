"""What a log would have come to under other rules."""
