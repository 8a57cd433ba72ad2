"""Tests of files that take their time."""
