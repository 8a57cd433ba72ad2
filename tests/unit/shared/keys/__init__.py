"""Tests of shared/keys."""
