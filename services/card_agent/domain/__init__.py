"""What is true for the card agent: records, state tables, rules, refusals.

Pure; knows no framework.
"""
