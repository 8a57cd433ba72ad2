"""The box of tools against a real PostgreSQL."""
