"""PostgreSQL, processes and homes as they are on a real machine."""
