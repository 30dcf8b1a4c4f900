"""Structures × plugins: who may turn what on or off, why it is as it is, what a turn would do, and what was done."""
