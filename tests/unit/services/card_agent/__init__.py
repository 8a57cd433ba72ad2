"""Tests of the card agent without any I/O."""
