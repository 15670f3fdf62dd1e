"""The JSON Schemas that are published, and what a change of them may not do."""
