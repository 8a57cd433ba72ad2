"""Who may ask the shared-use centre what, one file per resource.

Knows no database and no settings.
"""
