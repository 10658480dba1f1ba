"""Translate what other systems and people write into the catalogue's own words."""
