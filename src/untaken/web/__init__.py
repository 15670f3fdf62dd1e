"""The view: what people look at."""
