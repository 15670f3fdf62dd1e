"""Other systems' files as events of the log."""
