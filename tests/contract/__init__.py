"""Tests that one side can write what the other side accepts."""
