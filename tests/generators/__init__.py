"""Seeded random logs that look like those of real bots, with everything in them that can go wrong."""
