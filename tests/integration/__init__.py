"""Tests of store, api and deploy against a real PostgreSQL and real sockets."""
