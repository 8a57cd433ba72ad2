"""Who may ask the ward what, one file per resource. Knows no database and no settings."""
