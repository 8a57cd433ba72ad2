"""Tests of the card agent against PostgreSQL and through its doors."""
