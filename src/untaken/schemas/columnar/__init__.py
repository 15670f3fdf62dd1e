"""From JSON payloads to columns, many at once."""
