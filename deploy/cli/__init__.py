"""The `mesh` command: one file per command, each a thin front of what stands elsewhere."""
