"""What happens at the payment provider, step by step, and every way it can end.

Knows no web framework and no SQL.
"""
