"""What the payment provider does unasked; each job is idempotent and known by name.

Knows no database and no settings.
"""
