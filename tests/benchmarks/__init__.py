"""Measure Takt against a limit or a peer of the same run; never a timed test."""
