"""Durable state of one chain: facts by what they concern, prices, derived rows and tables."""
