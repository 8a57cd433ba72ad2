"""Payers' banks with state, standing behind the provider in sandbox mode only. Knows no api."""
