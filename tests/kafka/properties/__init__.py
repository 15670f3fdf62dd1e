"""Properties and reference of the first issue, through a real broker."""
