"""Shared rooms against a real PostgreSQL, and what takes too long to be a unit test."""
