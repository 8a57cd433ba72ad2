"""Shared rooms against a real PostgreSQL."""
