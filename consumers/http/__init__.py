"""Serve Takt over HTTP: events and commands in, projections out, pages to look at."""
