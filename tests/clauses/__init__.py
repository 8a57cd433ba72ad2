"""Clauses of the source document, each with the case that executes it."""
