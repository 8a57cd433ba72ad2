"""One file per fixed-length or CSV format, with a strict reader and writer. Knows no database."""
