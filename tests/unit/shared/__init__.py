"""Tests of what the organisations share."""
