"""The `mesh` command, one file per command. Knows no rule of any organisation."""
