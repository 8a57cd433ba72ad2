"""Real TLS over loopback: who gets in, and what happens to those who do not."""
