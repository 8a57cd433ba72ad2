"""What organisations say to one another: one file per conversation, each arrow declared as data."""
