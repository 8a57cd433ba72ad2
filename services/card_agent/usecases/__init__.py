"""What happens at the card agent, step by step, and every way it can end.

Knows no web framework and no SQL.
"""
