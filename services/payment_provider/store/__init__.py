"""What the payment provider remembers: tables, unit of work, one file per noun.

Knows no wire and no web.
"""
