"""What the ward does unasked; each job is idempotent and known by name.

Knows no database and no settings.
"""
