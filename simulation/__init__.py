"""Everyone outside the four: payers, banks, the ward's bank account.

Speaks to services at their doors only.
"""
