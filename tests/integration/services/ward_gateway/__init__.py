"""Tests of domain and shared, without any input or output; mirrors the source paths."""
