"""How long a signal takes to a fill, and what is left of it later."""
