"""Many scenarios at once, and which of them can be trusted."""
