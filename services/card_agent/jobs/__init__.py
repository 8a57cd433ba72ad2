"""What the card agent does unasked; each job is idempotent and known by name.

Knows no database and no settings.
"""
