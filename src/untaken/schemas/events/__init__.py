"""The typed events, one module for each kind of fact."""
