"""How rows, tables and progress look as records of state topics, and back."""
