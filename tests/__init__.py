"""The test suite; nothing outside this folder imports it."""
