"""Tests of all organisations together, with faults at every arrow."""
