"""Tests of the mesh command with real processes."""
