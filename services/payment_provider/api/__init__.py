"""Who may ask the payment provider what, one file per resource.

Knows no database and no settings.
"""
