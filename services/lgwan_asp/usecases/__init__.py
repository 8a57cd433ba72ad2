"""What happens at the shared-use centre, step by step, and every way it can end.

Knows no web framework and no SQL.
"""
