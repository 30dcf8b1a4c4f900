"""Measures of speed, as ratios, in one run: `python -m tests.bench`."""
