"""Tests of what is true for the card agent."""
