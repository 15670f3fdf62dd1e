"""Going back: rebuild everything from the log, verify what is there, answer what if."""
