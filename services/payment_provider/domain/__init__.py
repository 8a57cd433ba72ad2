"""What is true for the payment provider: records, state tables, rules, refusals.

Pure; knows no framework.
"""
