"""Measurements: seeds, peaks and benchmarks. Run by hand, not part of the suite."""
