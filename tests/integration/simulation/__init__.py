"""Tests of the outside world that take their time."""
