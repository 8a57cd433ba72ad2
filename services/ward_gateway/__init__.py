"""甲 the ward: assessments, slips, the receipts of every channel and their reconciliation.

Holds no card.
"""
