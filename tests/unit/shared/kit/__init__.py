"""The box of tools, without sockets or databases."""
