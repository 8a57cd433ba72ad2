"""What is true for the shared-use centre: records, state tables, rules, refusals.

Pure; knows no framework.
"""
