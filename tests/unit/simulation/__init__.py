"""Tests of everyone outside the four."""
