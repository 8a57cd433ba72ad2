"""Tests of the source text itself: sizes, banned calls, who may import whom."""
