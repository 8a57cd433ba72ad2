"""Tests of shared/files."""
