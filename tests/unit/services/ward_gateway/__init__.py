"""The ward gateway: pure rules, no I/O."""
