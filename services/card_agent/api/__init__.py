"""Who may ask the card agent what, one file per resource. Knows no database and no settings."""
