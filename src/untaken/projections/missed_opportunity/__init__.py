"""What the signals that were never traded would have brought."""
