"""Rebuild and verify on a real broker."""
