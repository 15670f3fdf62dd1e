"""The parts of a report: each turns its figures into words, cells and drawings, for page and terminal alike."""
