"""Benchmarks of workers on a real broker."""
